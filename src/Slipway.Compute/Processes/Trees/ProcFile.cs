using System.Buffers.Text;
using System.Text;

namespace Slipway.Compute.Processes.Trees;

/// <summary>What /proc says of a process. Null or empty when it is gone.</summary>
internal static class ProcFile
{
    private static readonly string? BootText = ReadText("/proc/sys/kernel/random/boot_id")?.Trim();

    /// <summary>This boot of this host.</summary>
    public static string? Boot => BootText;

    public static ProcStat? Stat(int pid)
    {
        var bytes = ReadBytes($"/proc/{pid}/stat");
        if (bytes is null)
        {
            return null;
        }

        // The name in brackets may hold anything, brackets and spaces too: count from the last one.
        var at = Array.LastIndexOf(bytes, (byte)')') + 2;
        if (at < 2 || at >= bytes.Length)
        {
            return null;
        }

        var state = (char)bytes[at];
        Span<long> fields = stackalloc long[20];
        var field = 0;
        var rest = bytes.AsSpan(at + 2);
        while (field < fields.Length && Utf8Parser.TryParse(rest, out long value, out var used))
        {
            fields[field++] = value;
            if (used + 1 > rest.Length)
            {
                break;
            }

            rest = rest[(used + 1)..];
        }

        // From field 4 (ppid) on; proc(5): 5 pgrp, 6 session, 14 utime, 15 stime, 22 starttime.
        return field > 18 ? new ProcStat(pid, state, (int)fields[0], (int)fields[1], (int)fields[2], fields[10], fields[11], fields[18]) : null;
    }

    /// <summary>True when the variables it was started with hold this one. Needs the same user or root.</summary>
    public static bool HasVariable(int pid, ReadOnlySpan<byte> assignment)
    {
        var bytes = ReadBytes($"/proc/{pid}/environ");
        var at = bytes is null ? -1 : bytes.AsSpan().IndexOf(assignment);
        while (at >= 0)
        {
            var end = at + assignment.Length;
            if ((at == 0 || bytes![at - 1] == 0) && (end == bytes!.Length || bytes[end] == 0))
            {
                return true;
            }

            var next = bytes.AsSpan(end).IndexOf(assignment);
            at = next < 0 ? -1 : end + next;
        }

        return false;
    }

    /// <summary>The children of one thread; null when the kernel does not tell (CONFIG_PROC_CHILDREN).</summary>
    public static List<int>? Children(int pid, int thread)
    {
        var bytes = ReadBytes($"/proc/{pid}/task/{thread}/children");
        if (bytes is null)
        {
            return null;
        }

        var found = new List<int>();
        for (var rest = bytes.AsSpan(); Utf8Parser.TryParse(rest, out int child, out var used);)
        {
            found.Add(child);
            rest = used + 1 <= rest.Length ? rest[(used + 1)..] : default;
        }

        return found;
    }

    public static IEnumerable<int> Numbers(string folder)
    {
        IEnumerator<string> names;
        try
        {
            names = Directory.EnumerateDirectories(folder).GetEnumerator();
        }
        catch (IOException)
        {
            yield break;
        }

        using (names)
        {
            while (true)
            {
                try
                {
                    if (!names.MoveNext())
                    {
                        yield break;
                    }
                }
                catch (IOException)
                {
                    yield break;
                }

                if (int.TryParse(Path.GetFileName(names.Current.AsSpan()), out var number))
                {
                    yield return number;
                }
            }
        }
    }

    /// <summary>Bytes of memory that it holds now.</summary>
    public static long ResidentBytes(int pid)
    {
        var bytes = ReadBytes($"/proc/{pid}/statm");
        return bytes is not null && bytes.AsSpan().IndexOf((byte)' ') is > 0 and var space && Utf8Parser.TryParse(bytes.AsSpan(space + 1), out long pages, out _)
            ? pages * Environment.SystemPageSize
            : 0;
    }

    public static string? ReadText(string path) => ReadBytes(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    public static byte[]? ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended while we looked (ENOENT, ESRCH), or another user's.
            return null;
        }
    }
}

/// <summary>Times in clock ticks (1/100 s).</summary>
internal readonly record struct ProcStat(int Pid, char State, int Parent, int Group, int Session, long UserTicks, long SystemTicks, long StartTicks)
{
    public bool IsDead => State is 'Z' or 'X';
}
