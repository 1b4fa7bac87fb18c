using System.Globalization;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Tracking.Artifacts.Domain;

/// <summary>
/// A checked path in the artifact tree: parts joined by '/', none of them empty, '.' or '..'; <c>""</c> is the root. Paths are read as MLflow's server
/// reads them, so that its clients find under a name what they stored under it: percent escapes are decoded until none is left, because clients and
/// proxies escape once or twice, and control characters are written as escapes again.
/// </summary>
internal sealed record ArtifactPath
{
    /// <summary>What file systems take, so that every artifact can be downloaded as a file.</summary>
    private const int MostBytesOfName = 255;
    private const int MostBytes = 2048;
    private const int MostDecodings = 10;

    private ArtifactPath(string value) => Value = value;

    public static ArtifactPath Root { get; } = new("");

    public string Value { get; }

    public bool IsRoot => Value.Length == 0;

    public string Parent => Value.LastIndexOf('/') is var cut and >= 0 ? Value[..cut] : "";

    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>Reads what a caller wrote. Two names for one place (<c>a//b</c>, <c>a/./b</c>, <c>a/b/</c>) become one.</summary>
    public static Result<ArtifactPath> Parse(string text)
    {
        if (Decode(text) is not { } decoded || !IsSafe(decoded))
        {
            return Invalid();
        }

        string[] parts = [.. Escape(decoded).Split('/').Where(p => p is not ("" or "."))];
        var value = string.Join('/', parts);
        return parts.Any(p => Encoding.UTF8.GetByteCount(p) > MostBytesOfName) || Encoding.UTF8.GetByteCount(value) > MostBytes
            ? Invalid($": a name may have {MostBytesOfName} bytes and a path {MostBytes}; shorten it")
            : new ArtifactPath(value);
    }

    /// <summary>The path of what stands at <paramref name="below"/> under this one; neither leads out of the other.</summary>
    public ArtifactPath Join(ArtifactPath below) => IsRoot ? below : below.IsRoot ? this : new ArtifactPath($"{Value}/{below.Value}");

    /// <summary>True for this path itself too.</summary>
    public bool IsWithin(string folder) => Value == folder || Value.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>Escaped for use in an address.</summary>
    public string ToAddress() => string.Join('/', Value.Split('/').Select(Uri.EscapeDataString));

    public override string ToString() => Value;

    private static Problem Invalid(string? why = null) => Problem.Invalid("Invalid path" + why);

    private static bool IsSafe(string path) =>

        // MLflow takes no fragments; the rest leads out of the tree on some system that a client downloads to.
        !path.Contains('#', StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal)
        && !path.StartsWith('/') && !path.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
        && !(path.Length >= 3 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] == '/')
        && !path.Split('/').Contains("..") && !HasLoneSurrogate(path);

    private static bool HasLoneSurrogate(string path) => path.Count(char.IsSurrogate) != 2 * path.EnumerateRunes().Count(r => !r.IsBmp);

    private static string? Decode(string path)
    {
        for (var i = 0; i < MostDecodings; i++)
        {
            var decoded = Uri.UnescapeDataString(path);
            if (decoded == path)
            {
                return path;
            }

            path = decoded;
        }

        return null;
    }

    private static string Escape(string path) => path.Any(char.IsControl)
        ? string.Concat(path.Select(c => c < ' ' || c == '\x7f' ? string.Create(CultureInfo.InvariantCulture, $"%{(int)c:x2}") : c.ToString()))
        : path;
}
