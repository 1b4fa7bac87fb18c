using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Domain;

/// <summary>
/// Checks, while the bytes stream by, that they are one table: comma-separated (RFC 4180), a header of unique names, every row as many
/// values as the header, quotes closed. The analytics engine would accept much of what is refused here, and guess. Blank lines after the
/// last row are fine. Feed pieces of any size, then <see cref="End"/>.
/// </summary>
internal sealed class CsvShape
{
    private const byte Quote = (byte)'"';
    private const int LongestHeader = 1 << 20;

    private readonly List<byte> _cell = [];
    private readonly List<string> _header = [];
    private State _state = State.CellStart;
    private int _bomSeen;
    private bool _anything;
    private long _line = 1;
    private long _rowLine = 1;
    private long _blankLine;
    private int _cells;
    private bool _rowHasBytes;
    private bool _headerDone;

    private enum State
    {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    /// <summary>The names in the first line, once it has been read.</summary>
    public IReadOnlyList<string> Header => _header;

    /// <summary>Rows after the header.</summary>
    public long Rows { get; private set; }

    /// <summary>The first thing wrong, with its line; null when all is well so far.</summary>
    public Problem? Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (_bomSeen < 3 && !_anything && b == "\uFEFF"u8[_bomSeen])
            {
                _bomSeen++;
                continue;
            }

            _anything = true;
            if (Take(b) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>What only shows at the end: an open quote, no rows, nothing at all.</summary>
    public Problem? End()
    {
        if (!_anything)
        {
            return Problem.Invalid("The file is empty; give a CSV with a header line and at least one row");
        }

        if (_state == State.Quoted)
        {
            return Problem.Invalid($"Line {_rowLine}: a quote is opened and never closed");
        }

        if ((_rowHasBytes || _cells > 0) && EndRow() is { } problem)
        {
            return problem;
        }

        return Rows == 0 ? Problem.Invalid("The file has a header but no rows") : null;
    }

    private Problem? Take(byte b)
    {
        if (_state == State.Quoted)
        {
            _line += b == '\n' ? 1 : 0;
            if (b == Quote)
            {
                _state = State.QuoteInQuoted;
                return null;
            }

            return Keep(b);
        }

        switch (b)
        {
            case (byte)'\r':
                return null;
            case (byte)'\n':
                var ended = _rowHasBytes || _cells > 0 ? EndRow() : Blank();
                _line++;
                _rowLine = _line;
                return ended;
            case (byte)',':
                return EndCell();
            case Quote when _state == State.CellStart:
                _rowHasBytes = true;
                _state = State.Quoted;
                return null;
            case Quote when _state == State.QuoteInQuoted:
                _state = State.Quoted;
                return Keep(b);
            default:
                if (_state == State.QuoteInQuoted)
                {
                    return Problem.Invalid($"Line {_line}: text follows a closing quote; write a quote inside a quoted value twice");
                }

                _rowHasBytes = true;
                _state = State.Plain;
                return Keep(b);
        }
    }

    private Problem? Keep(byte b)
    {
        if (_headerDone)
        {
            return null;
        }

        _cell.Add(b);
        return _cell.Count > LongestHeader ? Problem.Invalid("The header line is longer than 1 MB; this is not a CSV file") : null;
    }

    private Problem? EndCell()
    {
        if (!_headerDone)
        {
            _header.Add(Encoding.UTF8.GetString([.. _cell]));
            _cell.Clear();
        }

        _cells++;
        _state = State.CellStart;
        return null;
    }

    private Problem? Blank()
    {
        _blankLine = _blankLine == 0 ? _line : _blankLine;
        return null;
    }

    private Problem? EndRow()
    {
        EndCell();
        var cells = _cells;
        (_cells, _rowHasBytes) = (0, false);
        if (_blankLine != 0)
        {
            return Problem.Invalid($"Line {_blankLine} is blank; remove it");
        }

        if (!_headerDone)
        {
            _headerDone = true;
            return HeaderFault(_header);
        }

        Rows++;
        return cells == _header.Count
            ? null
            : Problem.Invalid($"Line {_rowLine} has {cells} {(cells == 1 ? "value" : "values")}, the header has {_header.Count}; "
                + "quote values that contain a comma, and give every row all its values");
    }

    /// <summary>Names are compared without case, as SQL does.</summary>
    private static Problem? HeaderFault(List<string> header)
    {
        var faults = new List<Fault>();
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < header.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(header[i]))
            {
                faults.Add(new Fault($"column {i + 1}", "has no name in the header"));
            }
            else if (!seen.TryAdd(header[i], i))
            {
                faults.Add(new Fault(header[i], $"is the name of columns {seen[header[i]] + 1} and {i + 1}; names must differ by more than case"));
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }
}
