using System.Globalization;

namespace Slipway.Platform.Telemetry;

/// <summary>What Prometheus' dashboards expect of every process, under the names that its client libraries agreed on.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartTime = Started();

    public static void Write(PrometheusText text)
    {
        text.Single("process_cpu_seconds_total", "CPU time used, user and system.", "counter", Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Single("process_resident_memory_bytes", "Memory in RAM.", "gauge", Environment.WorkingSet);
        text.Single("process_start_time_seconds", "When the process started, seconds since the Unix epoch.", "gauge", StartTime);
        if (OperatingSystem.IsLinux())
        {
            text.Single("process_open_fds", "Open file descriptors.", "gauge", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
            text.Single("process_virtual_memory_bytes", "Address space in use.", "gauge", Pages() * Environment.SystemPageSize);
        }
    }

    private static double Pages() => double.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0], CultureInfo.InvariantCulture);

    private static double Started()
    {
        using var me = System.Diagnostics.Process.GetCurrentProcess();
        return (me.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }
}
