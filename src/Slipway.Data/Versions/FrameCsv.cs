using System.Buffers;
using System.Globalization;
using System.Text;
using Slipway.Kernel.Frames;

namespace Slipway.Data.Versions;

/// <summary>A frame as CSV: the same frame always gives the same bytes, and so the same version.</summary>
internal static class FrameCsv
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n");

    public static byte[] Write(Frame frame)
    {
        var csv = new StringBuilder();
        csv.AppendJoin(',', frame.Columns.Select(c => Quoted(c.Name))).Append('\n');
        for (var row = 0; row < frame.Rows; row++)
        {
            for (var c = 0; c < frame.Columns.Count; c++)
            {
                if (c > 0)
                {
                    csv.Append(',');
                }

                csv.Append(Cell(frame.Columns[c], row, alone: frame.Columns.Count == 1));
            }

            csv.Append('\n');
        }

        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    /// <param name="alone">In a table of one column a missing value is written as quotes: a blank line would be no row.</param>
    private static string Cell(Column column, int row, bool alone)
    {
        if (column.IsMissing(row))
        {
            return alone ? "\"\"" : "";
        }

        return column switch
        {
            NumericColumn numbers => numbers.Values[row].ToString("R", CultureInfo.InvariantCulture),
            TimeColumn times => times.At(row).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture),
            TextColumn texts => Quoted(texts.Values[row]!),
            _ => throw new InvalidOperationException($"No way to write a {column.GetType().Name}"),
        };
    }

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(NeedQuotes) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
