using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Resources.Rules;

/// <summary>What a schema cannot say about metadata. Runs after the shape is known to be right.</summary>
public static class MetadataCheck
{
    /// <summary>All annotations together, as in Kubernetes.</summary>
    public const int MostAnnotationBytes = 256 * 1024;

    /// <param name="dnsLabel">True for kinds whose names become host names, such as namespaces: no dots, 63 characters.</param>
    public static IReadOnlyList<Fault> Run(JsonObject metadata, bool dnsLabel)
    {
        var faults = new List<Fault>();
        var name = (string?)metadata["name"] ?? "";
        if (dnsLabel ? !Names.IsDnsLabel(name) : !Names.IsSubdomain(name))
        {
            var most = dnsLabel ? "63 lower-case letters, digits or '-'" : "253 lower-case letters, digits, '-' or '.'";
            faults.Add(new Fault("metadata.name", $"Invalid value: \"{Shorten(name)}\": at most {most}, starting and ending with a letter or digit (for example 'my-name')"));
        }

        foreach (var (key, value) in Pairs(metadata, "labels"))
        {
            if (!Names.IsQualifiedName(key))
            {
                faults.Add(new Fault("metadata.labels", $"Invalid value: \"{Shorten(key)}\": a key is 'name' or 'example.com/name', the name at most 63 letters, digits, '-', '_' or '.'"));
            }

            if (!Names.IsLabelValue(value))
            {
                faults.Add(new Fault("metadata.labels", $"Invalid value: \"{Shorten(value)}\": at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit"));
            }
        }

        var bytes = 0L;
        foreach (var (key, value) in Pairs(metadata, "annotations"))
        {
            bytes += key.Length + System.Text.Encoding.UTF8.GetByteCount(value);
            if (!Names.IsQualifiedName(key.ToLowerInvariant()))
            {
                faults.Add(new Fault("metadata.annotations", $"Invalid value: \"{Shorten(key)}\": a key is 'name' or 'example.com/name', the name at most 63 letters, digits, '-', '_' or '.'"));
            }
        }

        if (bytes > MostAnnotationBytes)
        {
            faults.Add(new Fault("metadata.annotations", $"Too long: may not be more than {MostAnnotationBytes} bytes, they are {bytes}; keep large content in an object of the object store"));
        }

        if (metadata["finalizers"] is JsonArray finalizers)
        {
            for (var i = 0; i < finalizers.Count; i++)
            {
                if ((string?)finalizers[i] is not { } text || !Names.IsQualifiedName(text))
                {
                    faults.Add(new Fault($"metadata.finalizers[{i}]", "Invalid value: a finalizer is named like 'example.com/what-it-waits-for'"));
                }
            }
        }

        return faults;
    }

    private static IEnumerable<(string Key, string Value)> Pairs(JsonObject metadata, string name) =>
        metadata[name] is JsonObject map ? map.Select(p => (p.Key, (string?)p.Value ?? "")) : [];

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..76] + "...";
}
