using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Slipway.Compute.Logs;

/// <summary>
/// A log's lines on disk: <c>2026-01-31T12:00:00.1234567Z stdout F text</c>, the form that Kubernetes' container runtimes write (CRI) and log collectors
/// read. <c>P</c> in the place of <c>F</c>: the line goes on in the next entry.
/// </summary>
internal static class LogFormat
{
    /// <summary>Longer lines are cut into entries of this many bytes, as kubelet's runtimes do.</summary>
    public const int MaxText = 16 * 1024;

    /// <summary>The bytes in front of the text, at most.</summary>
    public const int MaxHead = 40;

    private const int TimeLength = 28;

    public static ReadOnlySpan<byte> NameOf(LogStream stream) => stream switch { LogStream.Output => "stdout"u8, LogStream.Error => "stderr"u8, _ => "system"u8 };

    /// <summary>Writes one entry, its line end included, and answers its length. The target holds at least <see cref="MaxHead"/> bytes more than the text.</summary>
    public static int Write(Span<byte> target, DateTimeOffset time, LogStream stream, ReadOnlySpan<byte> text, bool continues)
    {
        Utf8Formatter.TryFormat(time.UtcDateTime, target, out var at, 'O');
        target[at++] = (byte)' ';
        var name = NameOf(stream);
        name.CopyTo(target[at..]);
        at += name.Length;
        target[at++] = (byte)' ';
        target[at++] = continues ? (byte)'P' : (byte)'F';
        target[at++] = (byte)' ';
        text.CopyTo(target[at..]);
        at += text.Length;
        target[at++] = (byte)'\n';
        return at;
    }

    /// <summary>Reads one entry without its line end. Anything that is not one (a write that was cut off) reads as text of the system's.</summary>
    public static LogLine Read(ReadOnlySpan<byte> line, long offset, long next)
    {
        // time, space, six letters, space, flag, space
        const int head = TimeLength + 1 + 6 + 1 + 1 + 1;
        if (line.Length >= head && Utf8Parser.TryParse(line[..TimeLength], out DateTime time, out _, 'O'))
        {
            var name = line.Slice(TimeLength + 1, 6);
            var stream = name.SequenceEqual("stdout"u8) ? LogStream.Output : name.SequenceEqual("stderr"u8) ? LogStream.Error : LogStream.System;
            return new LogLine(offset, next, new DateTimeOffset(time, TimeSpan.Zero), stream, Encoding.UTF8.GetString(line[head..]), line[head - 2] == (byte)'P');
        }

        return new LogLine(offset, next, DateTimeOffset.UnixEpoch, LogStream.System, Encoding.UTF8.GetString(line));
    }

    public static string SegmentName(long offset) => offset.ToString("D20", CultureInfo.InvariantCulture) + ".log";

    public static long? SegmentOffset(string file) =>
        long.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;
}
