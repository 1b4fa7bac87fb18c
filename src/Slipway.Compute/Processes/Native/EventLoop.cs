using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Slipway.Compute.Processes.Native;

/// <summary>
/// One thread that waits on every child's end and output at once (epoll), so that a thousand running children hold no thread of the pool.
/// Handlers run on it, one after another.
/// </summary>
internal sealed unsafe class EventLoop
{
    private const int MaxEvents = 64;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataAt = EventBytes - 8;

    private readonly ConcurrentDictionary<long, Action> _handlers = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly int _epoll;
    private readonly int _wake;
    private long _lastKey;

    private EventLoop()
    {
        _epoll = Checked(Libc.epoll_create1(Libc.EPOLL_CLOEXEC));
        _wake = Checked(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
        Watch(_wake, () =>
        {
            long count;
            _ = Libc.read(_wake, &count, sizeof(long));
        });
        new Thread(Run) { IsBackground = true, Name = "slipway-children" }.Start();
    }

    /// <summary>The process has one: it ends with the process.</summary>
    public static EventLoop Shared => Holder.Instance;

    /// <summary>Calls the handler whenever there is something to read, or the other side is gone. Answers a key for <see cref="Forget"/>.</summary>
    public long Watch(int fd, Action onReadable)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _handlers[key] = onReadable;
        var change = stackalloc byte[16];
        *(uint*)change = Libc.EPOLLIN;
        *(long*)(change + DataAt) = key;
        Checked(Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_ADD, fd, change));
        return key;
    }

    /// <summary>Before the descriptor is closed.</summary>
    public void Forget(long key, int fd)
    {
        _handlers.TryRemove(key, out _);
        var change = stackalloc byte[16];
        _ = Libc.epoll_ctl(_epoll, Libc.EPOLL_CTL_DEL, fd, change);
    }

    /// <summary>Runs it on the loop's thread.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        long one = 1;
        _ = Libc.write(_wake, &one, sizeof(long));
    }

    private void Run()
    {
        var events = stackalloc byte[MaxEvents * 16];
        while (true)
        {
            var count = Libc.epoll_wait(_epoll, events, MaxEvents, -1);
            for (var i = 0; i < count; i++)
            {
                // Gone meanwhile when an earlier handler of this round forgot it.
                if (_handlers.TryGetValue(*(long*)(events + (i * EventBytes) + DataAt), out var handler))
                {
                    Guarded(handler);
                }
            }

            while (_posted.TryDequeue(out var action))
            {
                Guarded(action);
            }
        }
    }

    // A sink that throws must not end the thread that all other children need.
    private static void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            System.Diagnostics.Trace.TraceError($"A handler of the children's event loop failed: {e}");
        }
    }

    private static int Checked(int result) => result >= 0 ? result : throw new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError());

    private static class Holder
    {
        public static readonly EventLoop Instance = new();
    }
}
