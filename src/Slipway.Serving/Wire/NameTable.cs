using System.Text;

namespace Slipway.Serving.Wire;

/// <summary>
/// Turns UTF-8 names of a model's inputs and outputs into the strings that the model itself uses, without making new ones. A request usually
/// lists inputs in the model's order, so the search begins where the last one ended.
/// </summary>
internal sealed class NameTable
{
    private readonly (byte[] Utf8, string Text)[] _names;

    public NameTable(IEnumerable<string> names) => _names = InUtf8(names);

    private NameTable((byte[] Utf8, string Text)[] names) => _names = names;

    /// <summary>Request parameters that a reader keeps (<see cref="Tensors.InferenceRequest.Routing"/>); usually none.</summary>
    public IReadOnlyList<(byte[] Utf8, string Text)> Parameters { get; private init; } = [];

    public static NameTable Empty { get; } = new(Array.Empty<string>());

    /// <summary>The same names, and these parameters.</summary>
    public NameTable With(IEnumerable<string> parameters) => new(_names) { Parameters = InUtf8(parameters) };

    /// <param name="next">Where to begin; moved behind the name found.</param>
    public string? Find(ReadOnlySpan<byte> utf8, ref int next)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            var place = next + i < _names.Length ? next + i : next + i - _names.Length;
            if (utf8.SequenceEqual(_names[place].Utf8))
            {
                next = place + 1 < _names.Length ? place + 1 : 0;
                return _names[place].Text;
            }
        }

        return null;
    }

    private static (byte[] Utf8, string Text)[] InUtf8(IEnumerable<string> names) =>
        [.. names.Distinct(StringComparer.Ordinal).Select(n => (Encoding.UTF8.GetBytes(n), n))];
}
