using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Traces.Domain;
using Slipway.Traces.Storage;
using Slipway.Traces.Wire;

namespace Slipway.Traces.Infos;

/// <summary>Writes traces: their infos as clients send them when a trace is done, and spans as they arrive, in whatever order.</summary>
internal sealed class TraceRecorder(IDatabase database, IExperiments experiments)
{
    /// <summary>Puts a trace. Where spans arrived before, they stay, and what the client says now counts.</summary>
    public async Task<Result<TraceInfo>> PutAsync(string ns, TraceInfo info, CancellationToken cancellation)
    {
        if (!(await ActiveAsync(ns, info.ExperimentId, cancellation)).TryGet(out var experiment, out var problem))
        {
            return problem;
        }

        return await database.WriteAsync<TraceInfo>(
            async (session, _) =>
            {
                var before = await TraceStore.FindRowAsync(session, ns, info.Id);
                await TraceStore.PutRowAsync(session, ns, info with
                {
                    RequestPreview = info.RequestPreview ?? before?.RequestPreview, ResponsePreview = info.ResponsePreview ?? before?.ResponsePreview,
                });
                await TraceStore.PutTagsAsync(session, ns, info.Id, [.. info.Tags, LocationTag(experiment, info.Id)]);
                await TraceStore.PutMetadataAsync(session, ns, info.Id, info.Metadata);
                await TraceStore.PutMetricsAsync(session, ns, info.Id, SpanNumbers.Read(info.Metadata.GetValueOrDefault(TraceKeys.TokenUsage), SpanNumbers.TokenKeys));

                foreach (var assessment in info.Assessments)
                {
                    await AssessmentStore.PutAsync(session, ns, assessment.Id.Length > 0 ? assessment : assessment with { Id = NewIds.Assessment() });
                }

                return (await TraceStore.FindAsync(session, ns, info.Id))!;
            },
            cancellation);
    }

    /// <summary>Adds spans of one trace, which is made when it is not there yet; the same span again replaces the one before.</summary>
    public async Task<Result<Unit>> AddSpansAsync(string ns, string experimentId, IReadOnlyList<Span> spans, CancellationToken cancellation)
    {
        if (!(await FindAsync(ns, experimentId, cancellation)).TryGet(out var experiment, out var problem))
        {
            return problem;
        }

        var contents = spans.Select(SpanContent.Of).ToArray();
        return await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                var id = spans[0].TraceId;
                var before = await TraceStore.FindRowAsync(session, ns, id);
                await TraceStore.PutRowAsync(session, ns, With(before ?? Begun(id, experimentId, spans), spans));
                for (var i = 0; i < spans.Count; i++)
                {
                    await SpanStore.PutAsync(session, ns, spans[i], contents[i]);
                }

                var inStore = new KeyValuePair<string, string>(TraceKeys.SpansLocationTag, TraceKeys.InStore);
                await TraceStore.PutTagsAsync(session, ns, id, before is null ? [LocationTag(experiment, id), inStore] : [inStore]);
                await PutSumsAsync(session, ns, id, before is { UsageGiven: true });
                await PutNoteAsync(session, ns, id, TraceKeys.Session, TraceKeys.SessionAttribute, spans);
                await PutNoteAsync(session, ns, id, TraceKeys.User, TraceKeys.UserAttribute, spans);
                return Result.Ok;
            },
            cancellation);
    }

    /// <summary>The experiment, deleted or not.</summary>
    public async Task<Result<ExperimentPlace>> FindAsync(string ns, string experimentId, CancellationToken cancellation) =>
        await experiments.FindAsync(ns, experimentId, cancellation) is { } found
            ? found
            : new Problem(ProblemCode.NotFound, $"No Experiment with id={experimentId} exists");

    public async Task<Result<ExperimentPlace>> ActiveAsync(string ns, string experimentId, CancellationToken cancellation) =>
        (await FindAsync(ns, experimentId, cancellation)).Then<ExperimentPlace>(
            found => found.Active ? found : Problem.Invalid($"The experiment {experimentId} must be in the 'active' state. Current state is deleted."));

    public static KeyValuePair<string, string> LocationTag(ExperimentPlace experiment, string traceId) =>
        new(TraceKeys.ArtifactLocationTag, $"{experiment.ArtifactLocation.TrimEnd('/')}/traces/{traceId}/artifacts");

    private static TraceInfo Begun(string id, string experimentId, IReadOnlyList<Span> spans) => new()
    {
        Id = id, ExperimentId = experimentId, RequestTime = Millis(spans.Min(s => s.Started)), State = TraceKeys.InProgress,
    };

    // The trace stretches over all of its spans; its root tells how it ended and what it was about, unless the client has.
    private static TraceInfo With(TraceInfo info, IReadOnlyList<Span> spans)
    {
        var start = Math.Min(info.RequestTime, Millis(spans.Min(s => s.Started)));
        var end = spans.Max(s => s.Ended) is { } ended ? Math.Max(Millis(ended), info.RequestTime + (info.Duration ?? 0)) : (long?)null;
        var root = spans.FirstOrDefault(s => s.ParentId is null);
        return info with
        {
            RequestTime = info.UsageGiven ? info.RequestTime : start,
            Duration = info.UsageGiven || end is null ? info.Duration : end - start,
            State = root is null || info.State is not (TraceKeys.InProgress or TraceKeys.Unspecified) ? info.State : root.Status == "ERROR" ? "ERROR" : "OK",
            RequestPreview = info.RequestPreview ?? (root?.Attribute(TraceKeys.Inputs) is { } inputs ? Preview.Of(inputs, "user") : null),
            ResponsePreview = info.ResponsePreview ?? (root?.Attribute(TraceKeys.Outputs) is { } outputs ? Preview.Of(outputs, "assistant") : null),
        };
    }

    // What the client itself has said about the trace as a whole stands; it knows which spans count twice.
    private static async Task PutSumsAsync(IWriteSession session, string ns, string id, bool told)
    {
        var sums = await SpanStore.SumsAsync(session, ns, id);
        var known = told && sums.Count > 0 ? (await TraceStore.FindAsync(session, ns, id))!.Metadata : new Dictionary<string, string>();
        if (SpanNumbers.TokenKeys.Any(sums.ContainsKey) && !known.ContainsKey(TraceKeys.TokenUsage))
        {
            await TraceStore.PutMetadataAsync(session, ns, id, [new(TraceKeys.TokenUsage, SpanNumbers.TokensJson(sums))]);
            await TraceStore.PutMetricsAsync(session, ns, id, sums.Where(s => SpanNumbers.TokenKeys.Contains(s.Key)));
        }

        if (SpanNumbers.CostKeys.Any(sums.ContainsKey) && !known.ContainsKey(TraceKeys.Cost))
        {
            await TraceStore.PutMetadataAsync(session, ns, id, [new(TraceKeys.Cost, SpanNumbers.CostJson(sums))]);
        }
    }

    private static async Task PutNoteAsync(IWriteSession session, string ns, string id, string key, string attribute, IReadOnlyList<Span> spans)
    {
        var named = spans.Select(s => s.Text(attribute)).FirstOrDefault(s => !string.IsNullOrEmpty(s));
        if (named is not null && (await TraceStore.FindAsync(session, ns, id))?.Metadata.ContainsKey(key) == false)
        {
            await TraceStore.PutMetadataAsync(session, ns, id, [new(key, named.Replace("\0", "", StringComparison.Ordinal))]);
        }
    }

    private static long Millis(long nanos) => nanos / 1_000_000;
}
