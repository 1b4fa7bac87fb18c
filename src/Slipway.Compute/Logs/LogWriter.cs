using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Compute.Logs;

/// <summary>
/// Writes one workload's log as a row of files in its folder, each named by the offset at which it starts. The first half of the limit is kept for good,
/// then files from the middle are removed as new ones come. Its memory is one pooled buffer and at most one unfinished line per stream.
/// </summary>
public sealed class LogWriter : ILogSink, IDisposable
{
    private const int Segments = 8;
    private const int KeptAtStart = Segments / 2;
    private const int BufferBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly Action<LogWriter> _onClosed;
    private readonly long _segmentBytes;
    private readonly List<long> _segments = [];
    private readonly LineCutter[] _cutters = [new(), new(), new()];
    private SafeFileHandle? _file;
    private byte[]? _buffer;
    private int _filled;
    private long _end;
    private bool _closed;
    private bool _broken;
    private TaskCompletionSource? _waiting;

    internal LogWriter(string folder, LogLimits limits, TimeProvider time, Action<LogWriter> onClosed)
    {
        (_folder, _time, _onClosed) = (folder, time, onClosed);
        _segmentBytes = Math.Max(1024, limits.MaxBytes / Segments);
        Directory.CreateDirectory(folder);
        foreach (var (offset, length) in LogSegments.List(folder))
        {
            _segments.Add(offset);
            _end = offset + length;
        }
    }

    public string Folder => _folder;

    /// <summary>The offset after the last entry.</summary>
    public long End
    {
        get
        {
            lock (_lock)
            {
                return _end;
            }
        }
    }

    /// <summary>False once the disk refused a write: the rest of the log is lost, and the workload goes on.</summary>
    public bool IsWhole => !_broken;

    public void Write(LogStream stream, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            var now = _time.GetUtcNow();
            _cutters[(int)stream].Write(bytes, (text, continues) => Append(now, stream, text, continues));
            Drain();
        }
    }

    /// <summary>A line of Slipway's own.</summary>
    public void Say(string words)
    {
        lock (_lock)
        {
            Write(LogStream.System, System.Text.Encoding.UTF8.GetBytes(words + "\n"));
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            var now = _time.GetUtcNow();
            for (var i = 0; i < _cutters.Length; i++)
            {
                var stream = (LogStream)i;
                _cutters[i].Flush((text, continues) => Append(now, stream, text, continues));
            }

            Drain();
        }
    }

    /// <summary>Flushes and ends the log: its followers read to the end and stop.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            Flush();
            _closed = true;
            _file?.Dispose();
            Wake();
        }

        _onClosed(this);
    }

    /// <summary>Done when there is something after <paramref name="seen"/>, or nothing more will come.</summary>
    internal Task WaitAsync(long seen, CancellationToken cancel)
    {
        lock (_lock)
        {
            return _closed || _end > seen
                ? Task.CompletedTask
                : (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancel);
        }
    }

    private void Append(DateTimeOffset time, LogStream stream, ReadOnlySpan<byte> text, bool continues)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
        if (_filled + text.Length + LogFormat.MaxHead > _buffer.Length)
        {
            Put();
        }

        _filled += LogFormat.Write(_buffer.AsSpan(_filled), time, stream, text, continues);
    }

    private void Drain()
    {
        if (_buffer is null)
        {
            return;
        }

        Put();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        Wake();
    }

    // Whole entries only, so that every file starts with one.
    private void Put()
    {
        if (_filled == 0)
        {
            return;
        }

        if (!_broken)
        {
            try
            {
                if (_file is null || (_end > _segments[^1] && _end - _segments[^1] + _filled > _segmentBytes))
                {
                    NextSegment();
                }

                RandomAccess.Write(_file!, _buffer.AsSpan(0, _filled), _end - _segments[^1]);
                _end += _filled;
            }
            catch (IOException)
            {
                _broken = true;
            }
        }

        _filled = 0;
    }

    private void NextSegment()
    {
        _file?.Dispose();
        _file = File.OpenHandle(Path.Combine(_folder, LogFormat.SegmentName(_end)), FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _segments.Add(_end);
        if (_segments.Count > Segments)
        {
            File.Delete(Path.Combine(_folder, LogFormat.SegmentName(_segments[KeptAtStart])));
            _segments.RemoveAt(KeptAtStart);
        }
    }

    private void Wake()
    {
        _waiting?.TrySetResult();
        _waiting = null;
    }
}
