using System.Text.Json;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Serving.Feedback;

/// <summary>A true value: a number or a text.</summary>
internal sealed record LabelValue(string Id, double? Number, string? Text);

/// <summary>What a feedback request changed.</summary>
/// <param name="Stored">Labels that were new.</param>
/// <param name="Closed">The window that the watermark closed; null when it closed none.</param>
internal sealed record FeedbackAccepted(int Stored, FeedbackWindow? Closed);

/// <summary>Labels and watermarks.</summary>
internal sealed class FeedbackStore(IDatabase database, TimeProvider time)
{
    public const string ClosedEvent = "serving.feedback.closed";

    private const string InsertLabel =
        """
        INSERT INTO serving_labels (namespace, service, id, value_number, value_text, received) VALUES (@Ns, @Service, @Id, @Number, @Text, @Received)
        ON CONFLICT (namespace, service, id) DO NOTHING
        """;

    private const string FindLabel =
        "SELECT id, value_number AS number, value_text AS text FROM serving_labels WHERE namespace = @Ns AND service = @Service AND id = @Id";

    private const string LastWindow =
        """
        SELECT number, from_time, until_time FROM serving_windows WHERE namespace = @ns AND service = @service ORDER BY number DESC LIMIT 1
        """;

    private const string WindowsAfter =
        """
        SELECT number, from_time, until_time FROM serving_windows WHERE namespace = @ns AND service = @service AND number > @after ORDER BY number
        """;

    private const string EarliestPrediction =
        "SELECT MIN(event_time) FROM serving_predictions WHERE namespace = @ns AND service = @service";

    private const string InsertWindow =
        """
        INSERT INTO serving_windows (namespace, service, number, from_time, until_time) VALUES (@ns, @service, @number, @from, @until)
        ON CONFLICT (namespace, service, number) DO NOTHING
        """;

    /// <summary>All or nothing. Conflict names the id whose label differs, or the watermark that would go backwards.</summary>
    public Task<Result<FeedbackAccepted>> AcceptAsync(
        string ns, string service, IReadOnlyList<LabelValue> labels, DateTimeOffset? watermark, CancellationToken cancellation) =>
        database.WriteAsync<FeedbackAccepted>(
            async (session, _) =>
            {
                var received = Micros.Of(time.GetUtcNow());
                var stored = 0;
                foreach (var label in labels)
                {
                    var added = await session.ExecuteAsync(
                        InsertLabel, new LabelParameters { Ns = ns, Service = service, Id = label.Id, Number = label.Number, Text = label.Text, Received = received });
                    stored += added;
                    if (added == 0 && await DiffersAsync(session, ns, service, label) is { } conflict)
                    {
                        return conflict;
                    }
                }

                if (watermark is not { } until)
                {
                    return new FeedbackAccepted(stored, null);
                }

                var closed = await CloseAsync(session, ns, service, Micros.Of(until));
                return closed.Select(window => new FeedbackAccepted(stored, window));
            },
            cancellation);

    public async Task<IReadOnlyList<FeedbackWindow>> WindowsAsync(string ns, string service, int after, CancellationToken cancellation)
    {
        var rows = await database.ReadAsync((session, _) => session.QueryAsync<WindowRow>(WindowsAfter, new { ns, service, after }), cancellation);
        return [.. rows.Select(r => r.ToWindow())];
    }

    private static async Task<Problem?> DiffersAsync(IWriteSession session, string ns, string service, LabelValue label)
    {
        var known = await session.QuerySingleOrDefaultAsync<LabelRow>(FindLabel, new LabelParameters { Ns = ns, Service = service, Id = label.Id });
        return known is null || (known.Number == label.Number && known.Text == label.Text)
            ? null
            : Problem.Conflict($"The label of prediction '{label.Id}' is {Show(known.Number, known.Text)} already; {Show(label.Number, label.Text)} was sent. "
                + "A label stands once it is given: nothing of this request was kept");
    }

    private static string Show(double? number, string? text) =>
        number is { } value ? value.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : $"'{text}'";

    private static async Task<Result<FeedbackWindow?>> CloseAsync(IWriteSession session, string ns, string service, long until)
    {
        var last = await session.QuerySingleOrDefaultAsync<WindowRow>(LastWindow, new { ns, service });
        var from = last?.UntilTime ?? await session.QuerySingleOrDefaultAsync<long?>(EarliestPrediction, new { ns, service });
        if (last is not null && until < last.UntilTime)
        {
            return Problem.Conflict($"The watermark stands at {Domain.EventTime.Write(Micros.ToTime(last.UntilTime))} and does not go back to "
                + $"{Domain.EventTime.Write(Micros.ToTime(until))}");
        }

        // The same watermark again, or one before every prediction: nothing ends there.
        if (from is null || until <= from)
        {
            return Result.From<FeedbackWindow?>(null);
        }

        var window = new FeedbackWindow((int)(last?.Number ?? 0) + 1, Micros.ToTime(from.Value), Micros.ToTime(until));
        if (await session.ExecuteAsync(InsertWindow, new { ns, service, number = window.Number, from = from.Value, until }) == 0)
        {
            return Problem.Conflict($"Another request has just closed window {window.Number}; send the watermark again");
        }

        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new FeedbackClosed(service, window.Number, Domain.EventTime.Write(window.From), Domain.EventTime.Write(window.Until)),
            FeedbackJson.Default.FeedbackClosed);
        await session.AppendAsync(new EventDraft(ClosedEvent, ns, $"inferenceservices/{service}", payload));
        return window;
    }

    private sealed class LabelParameters
    {
        public required string Ns { get; init; }

        public required string Service { get; init; }

        public required string Id { get; init; }

        public double? Number { get; init; }

        public string? Text { get; init; }

        public long Received { get; init; }
    }

    private sealed class LabelRow
    {
        public double? Number { get; init; }

        public string? Text { get; init; }
    }

    private sealed class WindowRow
    {
        public long Number { get; init; }

        public long FromTime { get; init; }

        public long UntilTime { get; init; }

        public FeedbackWindow ToWindow() => new((int)Number, Micros.ToTime(FromTime), Micros.ToTime(UntilTime));
    }
}
