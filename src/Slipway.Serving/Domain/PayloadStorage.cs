using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>Where in an object store a service's payload files go.</summary>
/// <param name="Prefix">Without slashes at its ends; may be empty.</param>
internal sealed record PayloadStorage(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";

    /// <summary>Null when absent or refused, which adds a fault.</summary>
    public static PayloadStorage? Read(JsonNode? node, string path, List<Fault> faults)
    {
        if (node is null)
        {
            return null;
        }

        var found = node is JsonValue value && value.TryGetValue<string>(out var text) ? Parse(text) : null;
        if (found is null)
        {
            faults.Add(new Fault(path, $"{node.ToJsonString()} is not a place for files; write s3://BUCKET/PREFIX"));
        }

        return found;
    }

    /// <summary>What <see cref="ToString"/> writes; null for anything else.</summary>
    public static PayloadStorage? Parse(string text)
    {
        if (!Is(text))
        {
            return null;
        }

        var parts = text[Scheme.Length..].Split('/', 2);
        var prefix = parts.Length > 1 ? parts[1].Trim('/') : "";
        var isBucket = parts[0].Length is >= 3 and <= 63 && parts[0].All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
        return isBucket && prefix.Length <= 512 && !prefix.Any(char.IsControl) && !prefix.Split('/').Any(p => p is "." or "..") ? new PayloadStorage(parts[0], prefix) : null;
    }

    public static bool Is(string? address) => address?.StartsWith(Scheme, StringComparison.Ordinal) == true;

    /// <summary>The key of a file below the prefix.</summary>
    public string KeyOf(string relative) => Prefix.Length == 0 ? relative : $"{Prefix}/{relative}";

    public override string ToString() => Prefix.Length == 0 ? Scheme + Bucket : $"{Scheme}{Bucket}/{Prefix}";
}
