using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Imports;

/// <summary>What an archive's line must keep to before it is written: lines come from anybody who may write runs.</summary>
internal static class ArchiveChecks
{
    private const int LongestText = 1024 * 1024;
    private const int LongestMark = 64;

    // Times are kept as microseconds, and must still be dates.
    private static readonly long EarliestMillis = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long LatestMillis = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static readonly string[] RunStates = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
    private static readonly string[] ModelStates = ["PENDING", "READY", "FAILED"];

    public static Problem? Of(ArchiveLine line) => line switch
    {
        { Experiment: { } e } => MlflowNames.ExperimentId(e.Id) ?? MlflowNames.ExperimentName(e.Name) ?? Lifecycle(e.Lifecycle) ?? Times(e.Created, e.Updated) ?? Pairs(e.Tags)
            ?? Text("artifactLocation", e.ArtifactLocation),
        { Run: { } r } => MlflowNames.RunId(r.Id) ?? MlflowNames.ExperimentId(r.ExperimentId) ?? OneOf("status", r.Status, RunStates) ?? Lifecycle(r.Lifecycle)
            ?? Times(r.Started, r.Ended ?? r.Started) ?? Text("name", r.Name) ?? Text("user", r.User) ?? Pairs(r.Params) ?? Pairs(r.Tags) ?? Datasets(r)
            ?? Texts("modelInputs", r.ModelInputs) ?? Texts("modelOutputs", r.ModelOutputs.Select(o => o.ModelId)),
        { Metrics: { } m } => MlflowNames.RunId(m.RunId) ?? Key(m.Key) ?? Points(m),
        { Done: { } d } => d.RunId.Length is 0 or > 1000 || d.Mark.Length is 0 or > LongestMark
            ? Problem.Invalid($"done: runId has 1 to 1000 characters, mark 1 to {LongestMark}")
            : Text("runId", d.RunId) ?? Text("mark", d.Mark),
        { LoggedModel: { } m } => MlflowNames.RunId(m.Id, "loggedModel.id") ?? MlflowNames.ExperimentId(m.ExperimentId) ?? OneOf("status", m.Status, ModelStates)
            ?? Lifecycle(m.Lifecycle) ?? Times(m.Created, m.Updated) ?? Text("name", m.Name) ?? Text("type", m.Type) ?? Text("statusMessage", m.StatusMessage)
            ?? Pairs(m.Params) ?? Pairs(m.Tags) ?? m.Metrics.Select(x => Key(x.Key) ?? Times(x.Time, x.Time)).FirstOrDefault(p => p is not null),
        _ => Problem.Invalid("it is neither an experiment, a run, metrics, done nor a logged model"),
    };

    private static Problem? Lifecycle(string lifecycle) => OneOf("lifecycle", lifecycle, [Stores.Lifecycle.Active, Stores.Lifecycle.Deleted]);

    private static Problem? OneOf(string field, string value, string[] allowed) =>
        allowed.Contains(value, StringComparer.Ordinal) ? null : Problem.Invalid($"{field}: it is one of {string.Join(", ", allowed)}");

    private static Problem? Times(params IReadOnlyList<long> times) =>
        times.All(t => t >= EarliestMillis && t <= LatestMillis) ? null : Problem.Invalid("a time is not a date in milliseconds since 1970");

    // Looser than what clients may log: archives of other years hold longer texts and other names.
    private static Problem? Pairs(IReadOnlyDictionary<string, string> pairs) =>
        pairs.Select(p => p.Key.Length == 0 ? Problem.Invalid("a key is empty") : Text("key", p.Key) ?? Text(p.Key, p.Value)).FirstOrDefault(p => p is not null);

    private static Problem? Key(string key) => key.Length == 0 ? Problem.Invalid("key: it is empty") : Text("key", key);

    private static Problem? Text(string field, string? text) => text is null || (text.Length <= LongestText && !text.Contains('\0', StringComparison.Ordinal))
        ? null
        : Problem.Invalid($"{MlflowNames.Cut(field, 100)}: a text has at most {LongestText} characters, and none of them is NUL");

    private static Problem? Texts(string field, IEnumerable<string> texts) => texts.Select(t => Text(field, t)).FirstOrDefault(p => p is not null);

    private static Problem? Datasets(ArchivedRun run) =>
        run.Datasets.Select(d => Text("name", d.Name) ?? Text("digest", d.Digest) ?? Text("sourceType", d.SourceType) ?? Text("source", d.Source) ?? Text("schema", d.Schema)
            ?? Text("profile", d.Profile) ?? Pairs(d.Tags)).FirstOrDefault(p => p is not null);

    private static Problem? Points(ArchivedMetrics metrics) => metrics.Times.Count != metrics.Steps.Count || metrics.Times.Count != metrics.Values.Count
        ? Problem.Invalid("times, steps and values are lists of one length")
        : Times(metrics.Times);
}
