using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Logs;

/// <summary>The logs of this server's workloads: one folder each, written while it runs and read at any time, live or long after.</summary>
public sealed class WorkloadLogs(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, LogWriter> _live = new(StringComparer.Ordinal);

    /// <summary>Opens the log of that folder for writing; a folder that has one already is written on. One writer at a time.</summary>
    public LogWriter Open(string folder, LogLimits? limits = null)
    {
        folder = Path.GetFullPath(folder);
        var writer = new LogWriter(folder, limits ?? LogLimits.Default, time, closed => _live.TryRemove(KeyValuePair.Create(closed.Folder, closed)));
        return _live.TryAdd(folder, writer) ? writer : throw new InvalidOperationException($"The log {folder} is being written already");
    }

    /// <summary>
    /// The lines from an offset on (0, or a <see cref="LogLine.Next"/> seen before; an offset inside a line means the line after it). A part that was left out
    /// reads as one line of the system's that says how much is missing. With <paramref name="follow"/> it waits for more until the writer is done.
    /// A folder without a log has no lines, and a log that is removed while it is read ends there.
    /// </summary>
    public async IAsyncEnumerable<LogLine> ReadAsync(string folder, long from, bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        folder = Path.GetFullPath(folder);
        var at = Math.Max(0, from);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            // A line that the buffer has read the start of is found again by its offset, so the position is all there is to keep.
            var aligned = at == 0;
            while (true)
            {
                cancel.ThrowIfCancellationRequested();

                // Looked up before the files: what a writer wrote before it closed is then seen below.
                _live.TryGetValue(folder, out var writer);

                // All before it is in the files, in whole entries.
                var seen = writer?.End ?? long.MaxValue;
                var (segment, length) = Find(folder, at);
                if (segment is { } start && start > at)
                {
                    yield return new LogLine(at, start, DateTimeOffset.UnixEpoch, LogStream.System, $"... {ByteText.Of(start - at)} of the log are left out here: it grew over its limit ...");
                    (at, aligned) = (start, true);
                    continue;
                }

                if (segment is not null && at < segment + length && OpenSegment(folder, segment.Value) is { } file)
                {
                    using (file)
                    {
                        if (!aligned)
                        {
                            at = await NextStartAsync(file, segment.Value, at, buffer, cancel);
                            aligned = true;
                        }

                        while (true)
                        {
                            var got = await RandomAccess.ReadAsync(file, buffer, at - segment.Value, cancel);
                            var used = 0;
                            for (int end; (end = buffer.AsSpan(used, got - used).IndexOf((byte)'\n')) >= 0; used += end + 1)
                            {
                                yield return LogFormat.Read(buffer.AsSpan(used, end), at + used, at + used + end + 1);
                            }

                            at += used;
                            if (used == 0)
                            {
                                // The rest of a write that was cut off by a crash: nobody will end that line.
                                at += at < seen ? got : 0;
                                break;
                            }
                        }
                    }
                }

                if (at < seen)
                {
                    // None of the files goes that far: the log has been read to its end, or was removed under its writer.
                    if (!Reaches(folder, at))
                    {
                        yield break;
                    }
                }
                else if (!follow)
                {
                    yield break;
                }
                else
                {
                    await writer!.WaitAsync(at, cancel);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The offset from which <see cref="ReadAsync"/> gives the last lines; 0 when there are no more than that.</summary>
    public async Task<long> TailOffsetAsync(string folder, int lines, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lines);
        folder = Path.GetFullPath(folder);
        var segments = LogSegments.List(folder);
        if (segments.Count == 0)
        {
            return 0;
        }

        var buffer = new byte[64 * 1024];
        var left = lines;
        for (var i = segments.Count - 1; i >= 0; i--)
        {
            var (offset, length) = segments[i];
            using var file = OpenSegment(folder, offset);
            for (var end = length; file is not null && end > 0;)
            {
                var start = Math.Max(0, end - buffer.Length);
                var got = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)(end - start)), start, cancel);
                for (var p = got - 1; p >= 0; p--)
                {
                    if (buffer[p] == (byte)'\n' && left-- == 0)
                    {
                        return offset + start + p + 1;
                    }
                }

                end = start;
            }

            if (i > 0 && segments[i - 1].Offset + segments[i - 1].Length < offset)
            {
                // Lines before a part that was left out are not neighbours of those after it.
                return offset;
            }
        }

        return 0;
    }

    private static SafeFileHandle? OpenSegment(string folder, long offset)
    {
        try
        {
            return File.OpenHandle(Path.Combine(folder, LogFormat.SegmentName(offset)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool Reaches(string folder, long at) => LogSegments.List(folder) is [.., var last] && last.Offset + last.Length > at;

    // The file that holds the offset, else the next one after it, else the last one.
    private static (long? Segment, long Length) Find(string folder, long at)
    {
        (long? Segment, long Length) last = (null, 0);
        foreach (var (offset, length) in LogSegments.List(folder))
        {
            last = (offset, length);
            if (offset > at || at < offset + length)
            {
                break;
            }
        }

        return last;
    }

    private static async Task<long> NextStartAsync(SafeFileHandle file, long segment, long at, byte[] buffer, CancellationToken cancel)
    {
        for (var position = Math.Max(0, at - segment - 1); ;)
        {
            if (at == segment)
            {
                return at;
            }

            var got = await RandomAccess.ReadAsync(file, buffer, position, cancel);
            var end = buffer.AsSpan(0, got).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return segment + position + end + 1;
            }

            position += got;
            if (got == 0)
            {
                return segment + position;
            }
        }
    }
}
