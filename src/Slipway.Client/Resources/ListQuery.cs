namespace Slipway.Client.Resources;

/// <summary>Which resources of a collection to answer.</summary>
public sealed record ListQuery
{
    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Page size; null is everything in one answer.</summary>
    public int? Limit { get; init; }

    public string? Continue { get; init; }

    /// <summary>For watches: events after this one.</summary>
    public string? ResourceVersion { get; init; }

    internal string ToQuery(params IEnumerable<(string Name, string? Value)> more)
    {
        var parts = new (string Name, string? Value)[]
        {
            ("labelSelector", LabelSelector), ("fieldSelector", FieldSelector), ("limit", Limit?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("continue", Continue), ("resourceVersion", ResourceVersion),
        }.Concat(more).Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToArray();
        return parts.Length == 0 ? "" : "?" + string.Join('&', parts);
    }
}
