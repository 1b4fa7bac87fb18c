using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Objects;

/// <summary>Full disks, told apart from other I/O errors.</summary>
public static class DiskFaults
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = 112;

    public static bool IsFull(IOException e) =>
        OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) == WindowsDiskFull : e.HResult is NoSpaceLeft or QuotaExceeded;

    public static Problem Full(string folder) =>
        Problem.Unavailable($"the disk that holds {folder} is full: free some space there and try again", TimeSpan.FromSeconds(10));
}

/// <summary>Makes a rename durable: the entry is in the folder, and .NET has no call that syncs a folder.</summary>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    public static void Flush(string folder)
    {
        // NTFS journals renames by itself.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw Failure(folder);
        }

        var synced = Sync(descriptor);
        var failure = synced < 0 ? Failure(folder) : null;
        _ = Close(descriptor);
        if (failure is not null)
        {
            throw failure;
        }
    }

    private static IOException Failure(string folder) =>
        new($"{folder} could not be synced: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
