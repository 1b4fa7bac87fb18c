using Slipway.Contracts.Monitoring.Ports;

namespace Slipway.Pipelines.Tests;

/// <summary>A monitor's windows as the test sets them: one version per window, with a hundred labelled rows.</summary>
internal sealed class MemoryWindows : IMonitorWindows
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<MonitorWindow> _windows = [];

    public void Add(int version, params double[] losses)
    {
        foreach (var loss in losses)
        {
            var number = _windows.Count + 1;
            var quality = new VersionQuality(version, 100, 100, new Dictionary<string, double>(), loss, 0.01);
            _windows.Add(new MonitorWindow(number, Start.AddDays(number - 1), Start.AddDays(number), 100, 0, quality with { ModelVersion = 0 }, [quality], [], null, null));
        }
    }

    public Task<IReadOnlyList<MonitorWindow>> ListAsync(string ns, string monitor, int after, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<MonitorWindow>>(monitor == "prices" ? [.. _windows.Where(w => w.Number > after)] : []);
}
