namespace Slipway.Pipelines.Domain;

/// <summary>What a failure means for tasks that do not depend on it.</summary>
internal enum FailureMode
{
    /// <summary>Everything runs whose own upstreams allow it.</summary>
    KeepGoing,
    /// <summary>In the DAG of the failure nothing further starts but tasks that run whatever came before, such as exit handlers.</summary>
    FailFast,
    /// <summary>Nothing further starts in the whole run: how a Pipeline resource behaves.</summary>
    Stop,
}

/// <summary>How a run is to be run; kept with it as JSON.</summary>
/// <param name="EnableCache">Null: as compiled. False: no task of the run, nested ones included, takes a result from the cache.</param>
/// <param name="Priority">Runs of a higher one get free slots first; 0 is usual.</param>
/// <param name="MaxParallel">Steps of the run that run at once; null is as many as the server allows.</param>
/// <param name="DeadlineSeconds">After which the run fails; null is what the pipeline says.</param>
internal sealed record RunOptions(
    bool? EnableCache = null, FailureMode Failure = FailureMode.KeepGoing, int Priority = 0, int? MaxParallel = null, long? DeadlineSeconds = null)
{
    public static RunOptions Default { get; } = new();
}
