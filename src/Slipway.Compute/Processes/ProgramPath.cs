using Slipway.Compute.Processes.Native;

namespace Slipway.Compute.Processes;

/// <summary>Finds the program of a command as a shell would, and says in words why one cannot be started.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class ProgramPath
{
    /// <summary>The absolute path, or null with the reason.</summary>
    public static string? Find(string program, string folder, string searchPath, out string? reason)
    {
        reason = null;
        if (program.Length == 0)
        {
            reason = "the name of its program is empty";
            return null;
        }

        if (program.Contains('/'))
        {
            var path = Path.GetFullPath(program, folder);
            reason = File.Exists(path) ? null : Directory.Exists(path) ? $"{program} is a folder, not a program" : $"there is no program {program} on this machine";
            return reason is null ? path : null;
        }

        foreach (var place in searchPath.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(Path.GetFullPath(place, folder), program);
            if (File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0)
            {
                return path;
            }
        }

        reason = $"there is no program \"{program}\" on this machine (looked in {searchPath}). Install it, or run the workload on a backend with images";
        return null;
    }

    /// <summary>
    /// The shell for a command that was written for an image. There <c>sh</c> is often bash or busybox, which know <c>[[</c> and <c>pipefail</c>; Debian's
    /// own does not. Bash called by the name sh understands both. Anything else is itself.
    /// </summary>
    public static string ShellOfAnImage(string program) => program is "sh" or "/bin/sh" && File.Exists(Bash) ? Bash : program;

    private const string Bash = "/bin/bash";

    /// <summary>An error number of the start in words.</summary>
    public static string Explain(int error, string path, IReadOnlyList<string> argv) => error switch
    {
        Libc.ENOENT => $"the interpreter that the first line of {path} names is not on this machine",
        Libc.EACCES => $"{path} may not be executed by this user",
        Libc.E2BIG => argv.MaxBy(a => a.Length) is { Length: >= 32 * 1024 } longest
            ? $"one of its arguments has {longest.Length:N0} characters, and Linux takes at most 128 KiB in one; hand large values over in a file"
            : "its arguments and variables are larger than Linux takes (a quarter of the stack limit); hand large values over in files",
        Libc.ENOMEM or Libc.EAGAIN => "the machine has no room for another process; run less at once",
        24 or 23 => "the server has too many files open; run less at once or raise its limit of open files",
        _ => $"{path}: {new System.ComponentModel.Win32Exception(error).Message}",
    };
}
