using System.Text.Json.Nodes;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Kubernetes;

/// <summary>One job from its making to its removal. The cluster may be away for a while: looks go on until it answers again.</summary>
internal sealed class RunningJob : IRunningWorkload
{
    private readonly Workload _workload;
    private readonly KubeApi _api;
    private readonly KubernetesOptions _options;
    private readonly ILogSink _log;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly CancellationTokenSource _killed = new();
    private TimeSpan _grace;

    public RunningJob(Workload workload, WorkloadMarker marker, KubeApi api, KubernetesOptions options, ILogSink log, TimeProvider time)
    {
        (_workload, Marker, _api, _options, _log, _time, _grace) = (workload, marker, api, options, log, time, workload.GracePeriod);
        _startedAt = time.GetTimestamp();
        Completion = RunAsync();
    }

    public WorkloadMarker Marker { get; }

    public Task<WorkloadOutcome> Completion { get; }

    public ResourceUse Usage => Completion is { IsCompletedSuccessfully: true } ended ? ended.GetAwaiter().GetResult().Use : Elapsed;

    // Never asks for the outcome: that is being made while this is read.
    private ResourceUse Elapsed => ResourceUse.Nothing with { Wall = _time.GetElapsedTime(_startedAt) };

    public async Task KillAsync(TimeSpan? grace = null)
    {
        _grace = grace ?? _workload.GracePeriod;
        await _killed.CancelAsync();
        await Completion;
    }

    private async Task<WorkloadOutcome> RunAsync()
    {
        var outcome = await WatchAsync();
        await KubernetesBackend.RemoveAsync(_api, _options, Marker.Container!, _killed.IsCancellationRequested ? (long)Math.Ceiling(_grace.TotalSeconds) : 0, CancellationToken.None);
        _log.Flush();
        return outcome with { Use = Elapsed };
    }

    private async Task<WorkloadOutcome> WatchAsync()
    {
        Task? logs = null;
        while (true)
        {
            await Task.Delay(_options.WatchEvery, _time, _killed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_killed.IsCancellationRequested)
            {
                return new WorkloadOutcome.Cancelled();
            }

            var job = await _api.GetAsync(KubernetesBackend.JobPath(_options, Marker.Container!), CancellationToken.None);
            if (!job.Succeeded && job.Problem.Code == ProblemCode.NotFound)
            {
                return new WorkloadOutcome.Failed(255, "its job was deleted in the cluster");
            }

            var pods = await _api.GetAsync(KubernetesBackend.PodsPath(_options, Marker.Container!), CancellationToken.None);
            if (!job.Succeeded || !pods.Succeeded)
            {
                continue;
            }

            var pod = (pods.Value["items"] as JsonArray)?.OfType<JsonObject>().LastOrDefault();
            if (logs is null && PodEnd.HasStarted(pod))
            {
                logs = FollowAsync((string)pod!["metadata"]!["name"]!);
            }

            if (PodEnd.Read(job.Value, pod, _workload) is { } outcome)
            {
                if (logs is not null)
                {
                    await logs.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                return outcome;
            }

            if (!PodEnd.HasStarted(pod) && _time.GetElapsedTime(_startedAt) > _options.StartTimeout)
            {
                return new WorkloadOutcome.CouldNotStart($"its pod did not start within {DurationWords.Of(_options.StartTimeout)}; the cluster may have no room for it");
            }
        }
    }

    private async Task FollowAsync(string pod)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            await using var stream = await _api.FollowLogAsync(KubernetesBackend.LogPath(_options, pod), _killed.Token);
            while (stream is not null && await stream.ReadAsync(buffer, _killed.Token) is > 0 and var got)
            {
                // Kubernetes mixes both outputs into one.
                _log.Write(LogStream.Output, buffer.AsSpan(0, got));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The connection broke or the workload was killed: the rest of the log stays in the cluster.
        }
    }
}
