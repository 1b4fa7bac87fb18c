using System.Text.Json;

namespace Slipway.Serving.Graphs.Domain;

/// <summary>
/// A path into JSON in the language of KServe's conditions (gjson): keys with <c>*</c> and <c>?</c>, places, <c>#</c>, <c>#(query)</c>, <c>#(query)#</c>,
/// <c>@this</c> and <c>[path,path]</c>. A condition holds when its path finds something.
/// </summary>
internal sealed class GraphPath(IReadOnlyList<PathPart> parts)
{
    public static GraphPath Whole { get; } = new([]);

    public bool IsWhole => parts.Count == 0;

    public bool Exists(JsonElement json) => Find(json).Exists;

    internal Found Find(JsonElement json) => Find(new Found(json), 0);

    private Found Find(Found at, int from)
    {
        for (var i = from; i < parts.Count; i++)
        {
            if (!at.Exists)
            {
                return at;
            }

            switch (parts[i])
            {
                case PathPart.Several several:
                    at = new Found([.. several.Paths.Select(p => p.Find(at, 0)).Where(f => f.Exists)]);
                    break;
                case PathPart.Each when i == parts.Count - 1:
                    return at.Items is { } counted ? Found.Number(counted.Count) : Found.Nothing;
                case PathPart.Each:
                    return at.Items is { } items ? new Found([.. items.Select(item => Find(item, i + 1)).Where(f => f.Exists)]) : Found.Nothing;
                case PathPart.Matching { All: true } query:
                    return at.Items is { } all
                        ? new Found([.. all.Where(query.Query.Holds).Select(item => Find(item, i + 1)).Where(f => f.Exists)])
                        : Found.Nothing;
                case PathPart.Matching query:
                    at = at.Items?.FirstOrDefault(query.Query.Holds) ?? Found.Nothing;
                    break;
                case PathPart.Key key:
                    at = at.Member(key);
                    break;
            }
        }

        return at;
    }
}

/// <summary>One part of a path.</summary>
internal abstract record PathPart
{
    private PathPart()
    {
    }

    /// <summary>A member of an object, or the place in an array when it is a number.</summary>
    /// <param name="Pattern">With wildcards.</param>
    public sealed record Key(string Name, bool Pattern) : PathPart;

    /// <summary><c>#</c>: how many an array has; with more behind it, that of each of its elements.</summary>
    public sealed record Each : PathPart;

    /// <summary><c>#(query)</c>: the first element for which it holds, or all of them.</summary>
    public sealed record Matching(PathQuery Query, bool All) : PathPart;

    /// <summary><c>[path,path]</c>: an array of what they find.</summary>
    public sealed record Several(IReadOnlyList<GraphPath> Paths) : PathPart;
}

/// <summary>What a path has found: a value, an array made on the way, a count, or nothing.</summary>
internal sealed class Found
{
    private readonly JsonElement _value;
    private readonly IReadOnlyList<Found>? _made;

    public Found(JsonElement value) => (_value, Exists) = (value, true);

    public Found(IReadOnlyList<Found> made) => (_made, Exists) = (made, true);

    private Found()
    {
    }

    public static Found Nothing { get; } = new();

    public bool Exists { get; private init; }

    public double? Count { get; private init; }

    /// <summary>Null for an array that was made on the way, and for a count.</summary>
    public JsonElement? Value => Exists && _made is null && Count is null ? _value : null;

    /// <summary>The elements; null when it is no array.</summary>
    public IReadOnlyList<Found>? Items =>
        _made ?? (Value is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(e => new Found(e))] : null);

    public bool IsContainer => _made is not null || Value is { ValueKind: JsonValueKind.Array or JsonValueKind.Object };

    public static Found Number(double count) => new() { Exists = true, Count = count };

    public Found Member(PathPart.Key key)
    {
        if (Items is { } items)
        {
            return int.TryParse(key.Name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var place) && place < items.Count
                ? items[place]
                : Nothing;
        }

        if (Value is not { ValueKind: JsonValueKind.Object } value)
        {
            return Nothing;
        }

        if (!key.Pattern)
        {
            return value.TryGetProperty(key.Name, out var member) ? new Found(member) : Nothing;
        }

        foreach (var candidate in value.EnumerateObject())
        {
            if (Wildcards.Match(candidate.Name, key.Name))
            {
                return new Found(candidate.Value);
            }
        }

        return Nothing;
    }
}
