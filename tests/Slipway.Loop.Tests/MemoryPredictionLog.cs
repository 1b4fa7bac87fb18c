using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;

namespace Slipway.Loop.Tests;

/// <summary>A prediction log that holds what the test puts in: rows of a frame as they were served, with their labels.</summary>
internal sealed class MemoryPredictionLog : IPredictionLog
{
    private Frame _rows = new([]);
    private Func<int, bool> _served = _ => true;

    /// <param name="rows">With time t, inputs x and city, label y.</param>
    /// <param name="served">By row; false is a mirrored one.</param>
    public void Set(Frame rows, Func<int, bool> served) => (_rows, _served) = (rows, served);

    public Task<IReadOnlyList<FeedbackWindow>> ClosedWindowsAsync(string ns, string service, int after, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<FeedbackWindow>>([]);

    public Task<LoggedPredictions> ReadAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var time = _rows.Rows == 0 ? new TimeColumn("t", []) : (TimeColumn)_rows["t"];
        int[] found = [.. Enumerable.Range(0, time.Count).Where(i => time.At(i) >= from && time.At(i) < until)];
        var rows = _rows.Rows == 0 ? _rows : _rows.Take(found);
        return Task.FromResult(new LoggedPredictions(
            [.. found.Select(i => $"id-{i}")],
            [.. found.Select(_ => 1)],
            [.. found.Select(_served)],
            [.. found.Select(time.At)],
            rows.Rows == 0 ? new Frame([]) : rows.Select(["x", "city"]),
            new NumericColumn("prediction", new double[found.Length]),
            rows.Rows == 0 ? new NumericColumn("label", []) : new NumericColumn("label", ((NumericColumn)rows["y"]).Values),
            null,
            []));
    }
}
