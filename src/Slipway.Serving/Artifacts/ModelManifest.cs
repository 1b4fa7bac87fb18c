using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Serving.Artifacts;

/// <param name="Path">Relative, parts joined by '/'.</param>
internal sealed record ManifestFile(string Path, long Bytes, string Sha256);

/// <summary>
/// A model that is a folder: its files by content. The same files are the same bytes of manifest, so its own digest names the whole folder.
/// </summary>
internal sealed record ModelManifest(IReadOnlyList<ManifestFile> Files)
{
    public const int MostFiles = 20_000;

    /// <summary>The manifest of these files, whatever their order.</summary>
    public static ModelManifest Of(IEnumerable<ManifestFile> files) => new([.. files.OrderBy(f => f.Path, StringComparer.Ordinal)]);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.ModelManifest);

    /// <summary>Null when the bytes are no manifest.</summary>
    public static ModelManifest? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, ManifestJson.Default.ModelManifest) is { Files: not null } read && read.Files.All(f => f.Path is not null && f.Sha256 is not null)
                ? read
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a file of that name stays below the folder it is written to, on every system.</summary>
    public static bool IsSafe(string path) =>
        path.Length is > 0 and <= 1024 && path[0] != '/' && !path.AsSpan().ContainsAny('\0', '\\', ':')
        && path.Split('/').All(part => part is not ("" or "." or "..") && part.Length <= 255);

    /// <summary>What interpreters leave beside a model; it changes without the model changing.</summary>
    public static bool IsLitter(string path) => path.EndsWith(".pyc", StringComparison.Ordinal) || path.Split('/').Any(part => part is "__pycache__" or ".git" or ".ipynb_checkpoints");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
