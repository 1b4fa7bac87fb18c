using System.Text;

namespace Slipway.Cli.Output;

/// <summary>Columns padded with spaces, as kubectl prints them; figures stand to the right.</summary>
internal sealed class TextTable(params IReadOnlyList<string> headers)
{
    private readonly List<IReadOnlyList<string>> _rows = [];
    private readonly HashSet<int> _right = [];

    public bool IsEmpty => _rows.Count == 0;

    public TextTable AlignRight(params IEnumerable<int> columns)
    {
        _right.UnionWith(columns);
        return this;
    }

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    public override string ToString()
    {
        var lines = _rows.Prepend(headers).ToList();
        var widths = headers.Select((_, column) => lines.Max(line => column < line.Count ? line[column].Length : 0)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var start = text.Length;
            for (var column = 0; column < widths.Length; column++)
            {
                var cell = column < line.Count ? line[column].ReplaceLineEndings(" ") : "";
                text.Append(_right.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
                text.Append("   ");
            }

            while (text.Length > start && text[^1] == ' ')
            {
                text.Length--;
            }

            text.AppendLine();
        }

        return text.ToString();
    }
}
