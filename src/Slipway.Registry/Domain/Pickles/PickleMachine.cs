using System.Globalization;
using System.Text;

namespace Slipway.Registry.Domain.Pickles;

/// <summary>One pickle, from its first opcode to STOP.</summary>
internal sealed class PickleMachine(PickleInput input, PickleFindings findings, int depth)
{
    // Names are shorter; longer texts are data.
    private const int LongestKeptText = 1_024;
    private const int MostKept = 2_000_000;
    private const int MostNested = 16;

    private readonly List<PickleValue> _stack = [];
    private readonly Dictionary<long, PickleValue> _memo = [];

    // What MEMOIZE counts: the numbers in use. Those from 0 on without a hole are one number; to be a step off would be to read another name.
    private readonly HashSet<long> _beyondHole = [];
    private long _withoutHole;

    /// <returns>False when there is not even a first byte.</returns>
    /// <exception cref="PickleFormatException">Not a pickle, or cut off.</exception>
    public bool Run()
    {
        var first = input.Next();
        if (first < 0)
        {
            return false;
        }

        for (var code = first; code != '.'; code = input.Next())
        {
            if (code < 0)
            {
                throw new PickleFormatException("ends before its STOP");
            }

            Step((byte)code);
        }

        return true;
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case (byte)'(': Push(PickleValue.MarkHere); break;
            case (byte)')': Push(new PickleValue.Tuple([])); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(_stack.Count > 0 ? _stack[^1] : throw Empty()); break;
            case (byte)'N' or 0x88 or 0x89: Push(PickleValue.Unknown); break;
            case (byte)']' or (byte)'}' or 0x8f: Push(code == '}' ? new PickleValue.Map([]) : PickleValue.Unknown); break;
            case 0x80: Protocol(); break;
            case 0x95: input.Skip(8); break;
            case (byte)'c' or (byte)'i' or (byte)'o' or 0x93 or 0x82 or 0x83 or 0x84: Import(code); break;
            case (byte)'R' or 0x81 or 0x92: Make(code); break;
            case (byte)'b': Build(); break;
            case (byte)'P': input.Line(); Push(PickleValue.Unknown); break;
            case (byte)'Q': Pop(); Push(PickleValue.Unknown); break;
            case 0x97: Push(PickleValue.Unknown); break;
            case 0x98: break;
            default:
                if (!Number(code) && !Text(code) && !Bytes(code) && !Container(code) && !Memory(code))
                {
                    throw new PickleFormatException($"has an unknown opcode 0x{code:x2} at byte {input.Position - 1}");
                }

                break;
        }
    }

    private void Protocol()
    {
        if (input.Unsigned(1) is var version and > 5)
        {
            throw new PickleFormatException($"is of protocol {version}; protocols 0 to 5 are known");
        }
    }

    private bool Number(byte code)
    {
        switch (code)
        {
            case (byte)'I' or (byte)'L': Push(Parsed(input.Line().TrimEnd('L'))); return true;
            case (byte)'F': input.Line(); Push(PickleValue.Unknown); return true;
            case (byte)'G': input.Skip(8); Push(PickleValue.Unknown); return true;
            case (byte)'J': Push(new PickleValue.Number(input.Signed())); return true;
            case (byte)'K': Push(new PickleValue.Number(input.Unsigned(1))); return true;
            case (byte)'M': Push(new PickleValue.Number(input.Unsigned(2))); return true;
            case 0x8a: Push(Long(input.Unsigned(1))); return true;
            case 0x8b: Push(Long(input.Unsigned(4))); return true;
            default: return false;
        }
    }

    private bool Text(byte code)
    {
        switch (code)
        {
            case (byte)'S': Push(Kept(input.Line().Trim('\'', '"'))); return true;
            case (byte)'V': Push(Kept(Unescaped(input.Line()))); return true;
            case (byte)'U' or 0x8c: Push(Utf8(input.Unsigned(1))); return true;
            case (byte)'T' or (byte)'X': Push(Utf8(input.Unsigned(4))); return true;
            case 0x8d: Push(Utf8(input.Unsigned(8))); return true;
            default: return false;
        }
    }

    private bool Bytes(byte code)
    {
        var width = code switch { (byte)'C' => 1, (byte)'B' => 4, 0x8e or 0x96 => 8, _ => 0 };
        if (width == 0)
        {
            return false;
        }

        input.Skip(input.Unsigned(width));
        Push(PickleValue.Unknown);
        return true;
    }

    private bool Container(byte code)
    {
        switch (code)
        {
            case (byte)'t': Push(new PickleValue.Tuple(PopToMark())); return true;
            case 0x85: Push(new PickleValue.Tuple(PopMany(1))); return true;
            case 0x86: Push(new PickleValue.Tuple(PopMany(2))); return true;
            case 0x87: Push(new PickleValue.Tuple(PopMany(3))); return true;
            case (byte)'l' or 0x91: PopToMark(); Push(PickleValue.Unknown); return true;
            case (byte)'d': Push(Set(new PickleValue.Map([]), PopToMark())); return true;
            case (byte)'a': Pop(); return true;
            case (byte)'e' or 0x90: PopToMark(); return true;
            case (byte)'s': SetOnTop(PopMany(2)); return true;
            case (byte)'u': SetOnTop(PopToMark()); return true;
            default: return false;
        }
    }

    private bool Memory(byte code)
    {
        switch (code)
        {
            case (byte)'p': Remember(Index(input.Line())); return true;
            case (byte)'q': Remember(input.Unsigned(1)); return true;
            case (byte)'r': Remember(input.Unsigned(4)); return true;
            case 0x94: Remember(_withoutHole + _beyondHole.Count); return true;
            case (byte)'g': Recall(Index(input.Line())); return true;
            case (byte)'h': Recall(input.Unsigned(1)); return true;
            case (byte)'j': Recall(input.Unsigned(4)); return true;
            default: return false;
        }
    }

    private void Import(byte code)
    {
        var at = input.Position - 1;
        switch (code)
        {
            case (byte)'c':
                Push(Imported(input.Line(), input.Line(), at));
                break;
            case (byte)'i':
                var called = Imported(input.Line(), input.Line(), at);
                Push(new PickleValue.Made(called, new PickleValue.Tuple(PopToMark())));
                break;
            case (byte)'o':
                var items = PopToMark();
                Push(new PickleValue.Made(items.Count > 0 ? items[0] as PickleValue.Global : null, new PickleValue.Tuple([.. items.Skip(1)])));
                break;
            case 0x93:
                var names = PopMany(2);
                if (names is [PickleValue.Text module, PickleValue.Text name])
                {
                    Push(Imported(module.Value, name.Value, at));
                    break;
                }

                findings.Add(PickleLevel.Dangerous, "hidden import", "the name that is imported is put together while loading", at);
                Push(PickleValue.Unknown);
                break;
            default:
                input.Skip(code switch { 0x82 => 1, 0x83 => 2, _ => 4 });
                findings.Add(PickleLevel.Suspicious, "extension code", "imports by a number that the loading program gives a meaning", at);
                Push(PickleValue.Unknown);
                break;
        }
    }

    private PickleValue.Global Imported(string module, string name, long at)
    {
        findings.Import(module, name, at);
        return new PickleValue.Global(module, name);
    }

    private void Make(byte code)
    {
        var parts = PopMany(code == 0x92 ? 3 : 2);
        if (parts[0] is PickleValue.Made or PickleValue.Opaque && code == (byte)'R')
        {
            // What an import gave may be called as often as it likes; what a call gave is called only by those who hide something.
            findings.Add(PickleLevel.Suspicious, "indirect call", "calls what an earlier call returned", input.Position - 1);
        }

        // A class is rebuilt through copyreg: what matters is the class.
        var from = parts[0] as PickleValue.Global;
        if (from is { Name: "_reconstructor" } && parts[1] is PickleValue.Tuple { Items: [PickleValue.Global real, ..] })
        {
            from = real;
        }

        Push(new PickleValue.Made(from, parts[1]));
    }

    private void Build()
    {
        var state = Pop();
        if (_stack.Count == 0)
        {
            throw Empty();
        }

        if (_stack[^1] is PickleValue.Made made && JoblibArrays.Describes(made.From))
        {
            JoblibArrays.Skip(input, state, Nested);
        }
    }

    private void Nested()
    {
        if (depth >= MostNested || !new PickleMachine(input, findings, depth + 1).Run())
        {
            throw new PickleFormatException("has pickles inside pickles without an end");
        }
    }

    private void SetOnTop(IReadOnlyList<PickleValue> items)
    {
        if (_stack.Count == 0)
        {
            throw Empty();
        }

        if (_stack[^1] is PickleValue.Map map)
        {
            Set(map, items);
        }
    }

    private static PickleValue.Map Set(PickleValue.Map map, IReadOnlyList<PickleValue> items)
    {
        for (var i = 0; i + 1 < items.Count && map.Items.Count < 256; i += 2)
        {
            if (items[i] is PickleValue.Text key)
            {
                map.Items[key.Value] = items[i + 1];
            }
        }

        return map;
    }

    private void Remember(long index)
    {
        if (_stack.Count == 0)
        {
            throw Empty();
        }

        Use(index);
        if (_stack[^1] is PickleValue.Opaque)
        {
            _memo.Remove(index);
        }
        else if (_memo.Count < MostKept || _memo.ContainsKey(index))
        {
            _memo[index] = _stack[^1];
        }
        else
        {
            throw new PickleFormatException($"remembers more than {MostKept} values");
        }
    }

    private void Use(long index)
    {
        if (index > _withoutHole)
        {
            _beyondHole.Add(index);
        }
        else if (index == _withoutHole)
        {
            _withoutHole++;
            while (_beyondHole.Remove(_withoutHole))
            {
                _withoutHole++;
            }
        }
    }

    private void Recall(long index) => Push(_memo.GetValueOrDefault(index, PickleValue.Unknown));

    private void Push(PickleValue value)
    {
        if (_stack.Count >= MostKept)
        {
            throw new PickleFormatException($"piles up more than {MostKept} values");
        }

        _stack.Add(value);
    }

    private PickleValue Pop() => PopMany(1)[0];

    private List<PickleValue> PopMany(int count)
    {
        if (_stack.Count < count || _stack.GetRange(_stack.Count - count, count).Exists(v => v is PickleValue.Mark))
        {
            // "0" may pop a mark.
            return count == 1 && _stack.Count > 0 ? PopLast() : throw Empty();
        }

        var taken = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return taken;
    }

    private List<PickleValue> PopLast()
    {
        var last = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return [last];
    }

    private List<PickleValue> PopToMark()
    {
        var mark = _stack.FindLastIndex(v => v is PickleValue.Mark);
        if (mark < 0)
        {
            throw new PickleFormatException("ends a group that was not begun");
        }

        var items = _stack.GetRange(mark + 1, _stack.Count - mark - 1);
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private PickleValue Long(long length)
    {
        if (length > 8)
        {
            input.Skip(length);
            return PickleValue.Unknown;
        }

        var bytes = input.Take((int)length);
        return new PickleValue.Number(bytes.Length == 0 ? 0 : (long)new System.Numerics.BigInteger(bytes));
    }

    private PickleValue Utf8(long length)
    {
        if (length > LongestKeptText)
        {
            input.Skip(length);
            return PickleValue.Unknown;
        }

        return new PickleValue.Text(Encoding.UTF8.GetString(input.Take((int)length)));
    }

    private static PickleValue Kept(string text) => text.Length > LongestKeptText ? PickleValue.Unknown : new PickleValue.Text(text);

    private static PickleValue Parsed(string number) =>
        long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? new PickleValue.Number(value) : PickleValue.Unknown;

    private static long Index(string line) =>
        long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw new PickleFormatException("remembers something under no number");

    // Protocol 0 writes letters beyond Latin-1 as \uXXXX: an import may hide behind that.
    private static string Unescaped(string line) => line.Contains('\\', StringComparison.Ordinal)
        ? System.Text.RegularExpressions.Regex.Replace(
            line, @"\\u([0-9a-fA-F]{4})", m => ((char)int.Parse(m.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(), System.Text.RegularExpressions.RegexOptions.CultureInvariant)
        : line;

    private static PickleFormatException Empty() => new("takes a value from an empty stack");
}
