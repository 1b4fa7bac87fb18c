using System.Globalization;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;

namespace Slipway.Monitoring.Tests.Monitors;

internal sealed record Prediction(string Id, int Version, bool Served, DateTimeOffset Time, double Input, double Answer, double Label);

/// <summary>A prediction log in memory: one input <c>x</c>, a numeric answer, windows of a day.</summary>
internal sealed class MemoryPredictionLog : IPredictionLog
{
    private static readonly DateTimeOffset Start = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<Prediction> _rows = [];
    private int _closed;

    /// <summary>Adds one closed day. Mirrored versions answer the same rows.</summary>
    public void CloseDay(int rows, Func<int, double> input, params (int Version, bool Served, Func<int, double> Answer)[] versions) =>
        CloseDay(rows, input, row => row, versions);

    public void CloseDay(int rows, Func<int, double> input, Func<int, double> label, params (int Version, bool Served, Func<int, double> Answer)[] versions)
    {
        for (var row = 0; row < rows; row++)
        {
            foreach (var (version, served, answer) in versions)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{_closed}-{row}");
                _rows.Add(new Prediction(id, version, served, Start.AddDays(_closed).AddSeconds(row), input(row), answer(row), label(row)));
            }
        }

        _closed++;
    }

    public Task<IReadOnlyList<FeedbackWindow>> ClosedWindowsAsync(string ns, string service, int after, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<FeedbackWindow>>(
            [.. Enumerable.Range(after + 1, Math.Max(0, _closed - after)).Select(n => new FeedbackWindow(n, Start.AddDays(n - 1), Start.AddDays(n)))]);

    public Task<LoggedPredictions> ReadAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var rows = _rows.Where(r => r.Time >= from && r.Time < until).ToList();
        return Task.FromResult(new LoggedPredictions(
            [.. rows.Select(r => r.Id)], [.. rows.Select(r => r.Version)], [.. rows.Select(r => r.Served)], [.. rows.Select(r => r.Time)],
            new Frame([new NumericColumn("x", [.. rows.Select(r => r.Input)])]),
            new NumericColumn("prediction", [.. rows.Select(r => r.Answer)]), new NumericColumn("label", [.. rows.Select(r => r.Label)]), null, []));
    }
}
