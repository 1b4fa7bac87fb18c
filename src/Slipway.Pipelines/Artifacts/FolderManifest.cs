using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Pipelines.Artifacts;

/// <summary>One file of an artifact that is a folder. The path is relative, with <c>/</c>.</summary>
internal sealed record FolderEntry(string Path, string Digest, long Bytes);

/// <summary>
/// A folder in the object store: the list of its files, in order of their paths, is an object itself, and its digest stands for the folder. So equal folders
/// have equal digests, and a file that is in many of them is kept once.
/// </summary>
internal static class FolderManifest
{
    public static byte[] Write(IEnumerable<FolderEntry> entries) =>
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entries.OrderBy(e => e.Path, StringComparer.Ordinal).ToList(), FolderManifestContext.Default.ListFolderEntry));

    public static List<FolderEntry> Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, FolderManifestContext.Default.ListFolderEntry) ?? [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<FolderEntry>))]
internal sealed partial class FolderManifestContext : JsonSerializerContext;
