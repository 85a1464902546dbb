namespace Orleans.Log.ServiceDefaults;

/// <summary>A setting cannot be taken; the message is for the person who gave it.</summary>
public sealed class SettingException(string message) : Exception(message);
