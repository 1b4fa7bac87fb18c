using Slipway.Compute.Processes.Native;

namespace Slipway.Compute.Containers;

/// <summary>This process's own limits: the most that a runtime without special rights can give on.</summary>
internal static unsafe class OwnLimits
{
    private const int NumberOfProcesses = 6, NumberOfFiles = 7;
    private const ulong Plenty = 1_048_576;

    // Runtimes lower their own limit of processes before they start anything, so the server's may be more than they can give.
    private const ulong PlentyOfProcesses = 16_384;

    public static ulong OpenFiles => Of(NumberOfFiles);

    public static ulong Processes => Math.Min(Of(NumberOfProcesses), PlentyOfProcesses);

    private static ulong Of(int resource)
    {
        Libc.ResourceLimit limit;
        return Libc.prlimit(0, resource, null, &limit) == 0 ? Math.Min(limit.Hard, Plenty) : Plenty;
    }
}
