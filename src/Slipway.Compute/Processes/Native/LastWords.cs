using System.Text;

namespace Slipway.Compute.Processes.Native;

/// <summary>The end of what a child wrote to its error output: the reason for people, and how a lack of memory or disk shows where no limit of the system tells.</summary>
internal sealed class LastWords
{
    private const int Kept = 2048;
    private const int MaxReason = 300;

    private byte[]? _tail;
    private int _length;

    public void Hear(ReadOnlySpan<byte> bytes)
    {
        _tail ??= new byte[Kept];
        if (bytes.Length >= Kept)
        {
            bytes[^Kept..].CopyTo(_tail);
            _length = Kept;
            return;
        }

        var keep = Math.Min(_length, Kept - bytes.Length);
        _tail.AsSpan(_length - keep, keep).CopyTo(_tail);
        bytes.CopyTo(_tail.AsSpan(keep));
        _length = keep + bytes.Length;
    }

    public bool SpeakOfMemory => Holds("MemoryError") || Holds("bad_alloc") || Holds("Cannot allocate memory") || Holds("out of memory");

    public bool SpeakOfDisk => Holds("No space left on device") || Holds("[Errno 28]");

    /// <summary>The last line that says something, without any of the secrets.</summary>
    public string? Reason(IEnumerable<string> secrets)
    {
        var line = Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        if (line is null)
        {
            return null;
        }

        foreach (var secret in secrets.Where(s => s.Length >= 4))
        {
            line = line.Replace(secret, "***", StringComparison.Ordinal);
        }

        return line.Length > MaxReason ? line[..MaxReason] + "..." : line;
    }

    private string Text => _tail is null ? "" : Encoding.UTF8.GetString(_tail, 0, _length);

    private bool Holds(string words) => Text.Contains(words, StringComparison.Ordinal);
}
