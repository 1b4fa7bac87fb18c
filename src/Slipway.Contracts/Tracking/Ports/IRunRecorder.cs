using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Tracking.Ports;

/// <param name="RunId">Chosen by the caller, so that a step that is done again writes to the same run: 32 lower-case hex characters as MLflow's.</param>
public sealed record RunStart(string Namespace, string Experiment, string RunId, string Name)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

public sealed record RunMetric(string Key, double Value, long Step, DateTimeOffset Time);

public enum RunStatus
{
    Running,
    Finished,
    Failed,
    Killed,

    /// <summary>Not begun: MLflow's clients may say so of a run.</summary>
    Scheduled,
}

/// <summary>Writes tracking runs. Every call is idempotent: the same facts again change nothing.</summary>
public interface IRunRecorder
{
    Task<Result<Unit>> StartAsync(RunStart run, CancellationToken cancellation);

    /// <summary>A parameter is set once: another value for the same key is a Conflict.</summary>
    Task<Result<Unit>> LogAsync(
        string ns, string runId, IReadOnlyDictionary<string, string> parameters, IReadOnlyList<RunMetric> metrics, CancellationToken cancellation);

    Task<Result<Unit>> FinishAsync(string ns, string runId, RunStatus status, CancellationToken cancellation);
}
