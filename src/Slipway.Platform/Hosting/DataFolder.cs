using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Hosting;

/// <summary>
/// Ownership of a data folder by one server process, through a lock on a file in it. The operating system drops the lock with the process, however
/// it ends, so there is never a stale one to remove.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held) => (FullPath, _lock) = (path, held);

    public string FullPath { get; }

    /// <summary>Makes the folder when missing and takes it; Conflict names the process that has it.</summary>
    public static Result<DataFolder> Open(string path)
    {
        var (full, lockFile) = (Path.GetFullPath(path), Path.Combine(path, "server.lock"));
        try
        {
            Directory.CreateDirectory(full);

            // FileShare.None is flock(LOCK_EX) on Unix.
            var held = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(PidFile(full), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataFolder(full, held);
        }
        catch (UnauthorizedAccessException)
        {
            return Problem.Invalid($"the data folder {full} cannot be written: make it writable for this user, or choose another with --data");
        }
        catch (IOException e) when (IsHeld(e))
        {
            return Problem.Conflict($"the data folder {full} is in use by another server ({Holder(full)}): stop that one, or choose another folder with --data");
        }
        catch (IOException e)
        {
            return Problem.Invalid($"the data folder {full} cannot be used ({e.Message}): choose another with --data");
        }
    }

    public void Dispose() => _lock.Dispose();

    private static string PidFile(string folder) => Path.Combine(folder, "server.pid");

    // EWOULDBLOCK from flock; on Windows ERROR_SHARING_VIOLATION.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35 || (e.HResult & 0xFFFF) == 32;

    private static string Holder(string folder)
    {
        try
        {
            return $"process {File.ReadAllText(PidFile(folder))}";
        }
        catch (IOException)
        {
            return "its process is not known";
        }
    }
}
