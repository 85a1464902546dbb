using System.Security.Cryptography;

namespace Orleans.Log.Api.Endpoints.WebConsole;

/// <summary>One file of the console as it is served: whole, from memory, with a tag that changes when its content does.</summary>
/// <param name="ContentType">Media type, with the charset of text.</param>
/// <param name="Content">The bytes.</param>
/// <param name="Tag">Strong entity tag, quoted.</param>
internal sealed record ConsoleFile(string ContentType, byte[] Content, string Tag)
{
    private const string Folder = "console/";

    /// <summary>Every embedded file by its name, which is matched to the letter.</summary>
    public static Dictionary<string, ConsoleFile> LoadAll()
    {
        var assembly = typeof(ConsoleFile).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(resource => resource[Folder.Length..], resource => Load(assembly.GetManifestResourceStream(resource)!, resource), StringComparer.Ordinal);
    }

    private static ConsoleFile Load(Stream stream, string name)
    {
        using (stream)
        {
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return new ConsoleFile(TypeOf(name), content, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"");
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The console has no media type for {name}."),
    };
}
