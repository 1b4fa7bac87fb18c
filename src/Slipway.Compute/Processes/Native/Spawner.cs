using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Compute.Processes.Native;

/// <summary>A started child: its number and the reading ends of its output.</summary>
internal readonly record struct Spawned(int Pid, int OutputFd, int ErrorFd);

/// <summary>
/// Starts a program with posix_spawn: glibc's shares the memory of the parent until the exec (CLONE_VFORK), so the start costs the same however large
/// the server has grown, and unlike Process.Start it gives the child a session of its own, default signals and no descriptors but the standard three.
/// </summary>
internal static unsafe class Spawner
{
    // Larger than the types of glibc (80 and 336 bytes) and musl.
    private const int OpaqueBytes = 1024;

    private static readonly delegate* unmanaged<void*, int, int> CloseFrom = FindCloseFrom();

    /// <summary>Zero and the child, or the error number of what failed: the exec, the folder or a lack of memory.</summary>
    /// <param name="path">Absolute path of the program.</param>
    /// <param name="variables">Each as NAME=value.</param>
    public static int Start(string path, IReadOnlyList<string> argv, IReadOnlyList<string> variables, string folder, out Spawned spawned)
    {
        spawned = default;
        var pipes = stackalloc int[4];
        if (Libc.pipe2(pipes, Libc.O_CLOEXEC) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        if (Libc.pipe2(pipes + 2, Libc.O_CLOEXEC) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            Close(pipes[0], pipes[1]);
            return error;
        }

        // Only our ends: a child with a non-blocking output would lose what it prints.
        _ = Libc.fcntl(pipes[0], Libc.F_SETFL, Libc.O_NONBLOCK);
        _ = Libc.fcntl(pipes[2], Libc.F_SETFL, Libc.O_NONBLOCK);
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var signals = stackalloc byte[128];
        using var text = new NativeText(path, folder, argv, variables);
        fixed (byte* devNull = "/dev/null\0"u8)
        {
            _ = Libc.posix_spawn_file_actions_init(actions);
            _ = Libc.posix_spawnattr_init(attributes);
            _ = Libc.posix_spawn_file_actions_addopen(actions, 0, devNull, 0, 0);
            _ = Libc.posix_spawn_file_actions_adddup2(actions, pipes[1], 1);
            _ = Libc.posix_spawn_file_actions_adddup2(actions, pipes[3], 2);
            if (CloseFrom != null)
            {
                _ = CloseFrom(actions, 3);
            }

            _ = Libc.posix_spawn_file_actions_addchdir_np(actions, text.Folder);
            _ = Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSID | Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
            _ = Libc.sigfillset(signals);
            _ = Libc.posix_spawnattr_setsigdefault(attributes, signals);
            _ = Libc.sigemptyset(signals);
            _ = Libc.posix_spawnattr_setsigmask(attributes, signals);
            int pid;
            var result = Libc.posix_spawn(&pid, text.Path, actions, attributes, text.Argv, text.Envp);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
            Close(pipes[1], pipes[3]);
            if (result != 0)
            {
                Close(pipes[0], pipes[2]);
                return result;
            }

            spawned = new Spawned(pid, pipes[0], pipes[2]);
            return 0;
        }
    }

    private static void Close(int one, int other)
    {
        _ = Libc.close(one);
        _ = Libc.close(other);
    }

    // glibc 2.34 and later; without it .NET's own descriptors are closed by the exec anyway, and only what a parent left open gets through.
    private static delegate* unmanaged<void*, int, int> FindCloseFrom() =>
        NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "posix_spawn_file_actions_addclosefrom_np", out var found)
            ? (delegate* unmanaged<void*, int, int>)found
            : null;

    /// <summary>Path, folder, argv and envp in one native block.</summary>
    private readonly ref struct NativeText : IDisposable
    {
        private readonly byte* _block;

        public NativeText(string path, string folder, IReadOnlyList<string> argv, IReadOnlyList<string> variables)
        {
            nuint pointers = (nuint)(argv.Count + variables.Count + 2) * (nuint)sizeof(byte*);
            var size = pointers + Length(path) + Length(folder);
            foreach (var text in argv)
            {
                size += Length(text);
            }

            foreach (var text in variables)
            {
                size += Length(text);
            }

            _block = (byte*)NativeMemory.Alloc(size);
            var at = _block + pointers;
            var end = _block + size;
            Argv = (byte**)_block;
            Envp = Argv + argv.Count + 1;
            Path = Put(path, ref at, end);
            Folder = Put(folder, ref at, end);
            for (var i = 0; i < argv.Count; i++)
            {
                Argv[i] = Put(argv[i], ref at, end);
            }

            Argv[argv.Count] = null;
            for (var i = 0; i < variables.Count; i++)
            {
                Envp[i] = Put(variables[i], ref at, end);
            }

            Envp[variables.Count] = null;
        }

        public readonly byte** Argv;
        public readonly byte** Envp;
        public readonly byte* Path;
        public readonly byte* Folder;

        public void Dispose() => NativeMemory.Free(_block);

        private static nuint Length(string text) => (nuint)Encoding.UTF8.GetByteCount(text) + 1;

        private static byte* Put(string text, ref byte* at, byte* end)
        {
            var start = at;
            at += Encoding.UTF8.GetBytes(text, new Span<byte>(at, (int)Math.Min(end - at, int.MaxValue)));
            *at++ = 0;
            return start;
        }
    }
}
