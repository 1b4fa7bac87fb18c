namespace Slipway.PipelineLanguage.Text;

/// <summary>A place in a text; both count from 1.</summary>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>Where each value of a document stands: a tree beside the JSON value.</summary>
public sealed class SourceLines
{
    // Null for the many values that have no parts.
    private Dictionary<string, SourceLines>? _members;
    private List<SourceLines>? _items;

    internal SourceLines(SourcePosition position) => Position = position;

    public SourcePosition Position { get; }

    /// <summary>The same parts, said to stand elsewhere: at their key.</summary>
    internal SourceLines At(SourcePosition place) => new(place) { _members = _members, _items = _items };

    internal void Add(string name, SourceLines member) => (_members ??= new Dictionary<string, SourceLines>(StringComparer.Ordinal))[name] = member;

    internal void Add(SourceLines item) => (_items ??= []).Add(item);

    /// <summary>The place of <c>a.b[2].c</c>, or of the nearest value above it that exists. A name may hold dots; <c>fooBar</c> finds <c>foo_bar</c>.</summary>
    public SourcePosition Of(string path) => Find(path).Position;

    private SourceLines Find(ReadOnlySpan<char> path)
    {
        path = path.TrimStart('.');
        if (path.IsEmpty)
        {
            return this;
        }

        if (path[0] == '[')
        {
            var end = path.IndexOf(']');
            return end > 0 && int.TryParse(path[1..end], out var index) && _items is not null && index < _items.Count ? _items[index].Find(path[(end + 1)..]) : this;
        }

        // The longest name that fits, since names may hold dots.
        SourceLines? best = null;
        var length = -1;
        foreach (var (name, member) in _members ?? [])
        {
            foreach (var spelled in (string[])[name, Names.ToCamel(name)])
            {
                if (spelled.Length > length && path.StartsWith(spelled, StringComparison.Ordinal)
                    && (path.Length == spelled.Length || path[spelled.Length] is '.' or '['))
                {
                    (best, length) = (member, spelled.Length);
                }
            }
        }

        return best is null ? this : best.Find(path[length..]);
    }
}
