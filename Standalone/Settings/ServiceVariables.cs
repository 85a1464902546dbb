using System.Text.RegularExpressions;

namespace Orleans.Log.Standalone.Settings;

/// <summary>
/// Environment variables that Kubernetes sets in every container for a service whose name begins like ours, <c>orleans-log</c> or
/// <c>orleans-log-metrics</c>: <c>ORLEANS_LOG_SERVICE_HOST</c>, <c>ORLEANS_LOG_PORT_5075_TCP_ADDR</c> and so on. None of them is a setting.
/// </summary>
internal static partial class ServiceVariables
{
    /// <summary>True for one of them. A bare <c>…_PORT</c> must have an address as its value: a number is a mistyped setting.</summary>
    public static bool Has(string name, string value) =>
        Names().IsMatch(name) || (name.EndsWith("_PORT", StringComparison.Ordinal) && Addresses().IsMatch(value));

    [GeneratedRegex("_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)$")]
    private static partial Regex Names();

    [GeneratedRegex("^(tcp|udp|sctp)://")]
    private static partial Regex Addresses();
}
