using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;

namespace Slipway.Tracking.Tests.Archives;

/// <summary>One of everything that an archive can hold, and what makes stores lose things: NaN, infinities, folders in names, quotes, other scripts.</summary>
internal static class ArchiveSamples
{
    public const string Run = "0123456789abcdef0123456789abcdef";
    public const string Deleted = "fedcba9876543210fedcba9876543210";
    public const string Model = "m-0123456789abcdef0123456789abcdef";

    public static IReadOnlyList<ArchiveLine> Lines { get; } =
    [
        new() { Experiment = new ArchivedExperiment("7", "churn: the 2nd", "active", 1000, 2000, null) { Tags = Map(("team", "a \"b\" c"), ("mlflow.note.content", "# eins\nzwei")) } },
        new() { Experiment = new ArchivedExperiment("8", "gone", "deleted", 1500, 1600, "s3://bucket/8") },
        new()
        {
            Run = new ArchivedRun(Run, "7", "null", "FINISHED", "active", "ada", 1_700_000_000_000, 1_700_000_060_000, $"mlflow-artifacts:/7/{Run}/artifacts")
            {
                Points = 6,
                Params = Map(("lr", "0.1"), ("opt/name", "adam"), ("many", "lines\nof: text ü")),
                Tags = Map(("mlflow.runName", "null"), ("größe", "12")),
                Datasets = [new ArchivedDataset("d", "abc123", "local", "{\"uri\": \"x.csv\"}", "{}", null, Map(("mlflow.data.context", "train")))],
                ModelInputs = [],
                ModelOutputs = [new ArchivedModelOutput(Model, 3)],
            },
        },
        new() { Metrics = new ArchivedMetrics(Run, "edge", [4, 5, 6], [0, 0, 1], [double.PositiveInfinity, double.NegativeInfinity, double.NaN]) },
        new() { Metrics = new ArchivedMetrics(Run, "val/loss", [1, 2, 3], [0, 1, -5], [0.1, 1e-300, 1.0 / 3]) },
        new()
        {
            Run = new ArchivedRun(Deleted, "7", "short", "KILLED", "deleted", "", 1_700_000_000_001, null, $"mlflow-artifacts:/7/{Deleted}/artifacts") { ModelInputs = [Model] },
        },
        new()
        {
            LoggedModel = new ArchivedLoggedModel(Model, "7", "model", $"mlflow-artifacts:/7/models/{Model}/artifacts", "READY", "active", 11, 12)
            {
                Type = "classifier", SourceRunId = Run, Params = Map(("depth", "3")), Tags = Map(("k", "v")),
                Metrics = [new ArchivedModelMetric(Run, "auc", 0.75, 5, 1, "d", "abc123"), new ArchivedModelMetric(Run, "f1", 0.5, 5, 1, null, null)],
            },
        },
        new() { Model = new ArchivedModel("my model", "# card", 21, 22) { Tags = Map(("owner", "x")), Aliases = new Dictionary<string, int> { ["champion"] = 3 } } },
        new() { Version = new ArchivedVersion("my model", 1, $"runs:/{Run}/model", "READY", "None", 31, 32) { StorageLocation = $"runs:/{Run}/model" } },
        new()
        {
            Version = new ArchivedVersion("my model", 3, $"models:/{Model}", "READY", "Production", 33, 34)
            {
                Description = "third", User = "ada", RunId = Run, RunLink = "http://x", StatusMessage = "fine", StorageLocation = "s3://elsewhere/3", Tags = Map(("ok", "true")),
            },
        },
    ];

    /// <summary>Everything that an archive gives out, in an order that does not depend on the store.</summary>
    public static async Task<IReadOnlyList<ArchiveLine>> ReadAllAsync(IMlflowArchive archive, CancellationToken cancellation)
    {
        var lines = new List<ArchiveLine>();
        await foreach (var experiment in archive.ReadExperimentsAsync(cancellation))
        {
            lines.Add(new ArchiveLine { Experiment = experiment });
        }

        await foreach (var run in archive.ReadRunsAsync(cancellation))
        {
            lines.Add(new ArchiveLine { Run = run });
            await foreach (var metrics in archive.ReadMetricsAsync([run.Id], cancellation))
            {
                lines.Add(new ArchiveLine { Metrics = metrics });
            }
        }

        await foreach (var model in archive.ReadLoggedModelsAsync(cancellation))
        {
            lines.Add(new ArchiveLine { LoggedModel = model });
        }

        await foreach (var model in archive.ReadModelsAsync(cancellation))
        {
            lines.Add(new ArchiveLine { Model = model });
        }

        await foreach (var version in archive.ReadVersionsAsync(cancellation))
        {
            lines.Add(new ArchiveLine { Version = version });
        }

        return lines;
    }

    public static Dictionary<string, string> Map(params (string Key, string Value)[] pairs) => pairs.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
}
