using System.Runtime.InteropServices;
using Slipway.Compute.Logs;

namespace Slipway.Compute.Processes.Native;

/// <summary>The reading end of a child's output, pumped into its log on the event loop's thread.</summary>
internal sealed unsafe class OutputPipe
{
    private const int BufferBytes = 64 * 1024;

    // One round takes this much from one child, so that one that prints without end does not keep the others waiting.
    private const int ReadsPerRound = 4;

    // Only the loop's thread reads, so one buffer serves all.
    private static readonly byte[] Buffer = new byte[BufferBytes];

    private readonly EventLoop _loop;
    private readonly LogStream _stream;
    private readonly ILogSink _log;
    private readonly LastWords? _lastWords;
    private readonly long _key;
    private int _fd;

    public OutputPipe(EventLoop loop, int fd, LogStream stream, ILogSink log, LastWords? lastWords)
    {
        (_loop, _fd, _stream, _log, _lastWords) = (loop, fd, stream, log, lastWords);
        _key = loop.Watch(fd, () => Read(ReadsPerRound));
    }

    /// <summary>On the loop's thread, when nobody writes any more: takes what is left and closes.</summary>
    public void DrainAndClose()
    {
        // A pipe holds 64 KiB, or 1 MiB when somebody enlarged it; a writer that got away must not keep us here.
        Read(32);
        Close();
    }

    private void Read(int times)
    {
        for (var i = 0; i < times && _fd >= 0; i++)
        {
            nint got;
            fixed (byte* buffer = Buffer)
            {
                got = Libc.read(_fd, buffer, BufferBytes);
            }

            if (got > 0)
            {
                var bytes = Buffer.AsSpan(0, (int)got);
                _lastWords?.Hear(bytes);
                _log.Write(_stream, bytes);
            }
            else if (got == 0 || Marshal.GetLastPInvokeError() is not (Libc.EAGAIN or Libc.EINTR))
            {
                Close();
            }
            else if (Marshal.GetLastPInvokeError() == Libc.EAGAIN)
            {
                return;
            }
        }
    }

    private void Close()
    {
        if (_fd >= 0)
        {
            _loop.Forget(_key, _fd);
            _ = Libc.close(_fd);
            _fd = -1;
        }
    }
}
