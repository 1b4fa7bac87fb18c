using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Kubernetes;

/// <summary>Runs workloads as Jobs of a Kubernetes cluster.</summary>
/// <param name="http">A client with the API server's address as its base, the token and the trust set.</param>
public sealed class KubernetesBackend(HttpClient http, KubernetesOptions options, TimeProvider time) : IComputeBackend
{
    public const string BackendName = "kubernetes";

    private readonly KubeApi _api = new(http);

    public string Name => BackendName;

    public async Task<Result<IRunningWorkload>> StartAsync(Workload workload, ILogSink log, CancellationToken cancel)
    {
        if (WorkloadCheck.Check(workload) is { } problem)
        {
            return problem;
        }

        var name = JobManifest.NameOf(workload.Attempt);
        var marker = new WorkloadMarker(Name, workload.Attempt) { Container = name };
        if (string.IsNullOrWhiteSpace(workload.Image))
        {
            return new EndedWorkload(marker, new WorkloadOutcome.CouldNotStart("it names no image, and pods need one; give it one, or choose the process backend"));
        }

        if (workload.Files.Count > 0 && workload.WorkingFolder is null)
        {
            return Problem.Invalid([new Fault("workingFolder", "is needed in a pod for the files that the workload brings")]);
        }

        // The job last: a pod that finds its secret missing would wait for it.
        foreach (var (path, resource) in new[] { ("secrets", JobManifest.Secret(workload)), ("configmaps", JobManifest.Files(workload)) })
        {
            if (resource is not null && await _api.CreateAsync($"api/v1/namespaces/{options.Namespace}/{path}", resource, cancel) is { Succeeded: false } refused)
            {
                return await GiveUpAsync(marker, refused.Problem);
            }
        }

        return await _api.CreateAsync(JobsPath(options), JobManifest.Job(workload, options), cancel) is { Succeeded: false } failed
            ? await GiveUpAsync(marker, failed.Problem)
            : new RunningJob(workload, marker, _api, options, log, time);
    }

    public async Task<int> RescueAsync(IReadOnlyCollection<WorkloadMarker> markers, CancellationToken cancel)
    {
        var found = 0;
        foreach (var marker in markers.Where(m => m.Backend == Name && WorkloadCheck.IsAttempt(m.Attempt)))
        {
            found += await RemoveAsync(_api, options, JobManifest.NameOf(marker.Attempt), 0, cancel) ? 1 : 0;
        }

        return found;
    }

    internal static string JobsPath(KubernetesOptions options) => $"apis/batch/v1/namespaces/{options.Namespace}/jobs";

    internal static string JobPath(KubernetesOptions options, string job) => $"{JobsPath(options)}/{job}";

    internal static string PodsPath(KubernetesOptions options, string job) => $"api/v1/namespaces/{options.Namespace}/pods?labelSelector=job-name%3D{job}";

    internal static string LogPath(KubernetesOptions options, string pod) => $"api/v1/namespaces/{options.Namespace}/pods/{pod}/log?container={JobManifest.ContainerName}&follow=true";

    /// <summary>The job with its pods, its secret and its files; true when the job was there.</summary>
    internal static async Task<bool> RemoveAsync(KubeApi api, KubernetesOptions options, string name, long graceSeconds, CancellationToken cancel)
    {
        var removed = await api.DeleteAsync(JobPath(options, name), graceSeconds, cancel);
        await api.DeleteAsync($"api/v1/namespaces/{options.Namespace}/secrets/{name}", null, cancel);
        await api.DeleteAsync($"api/v1/namespaces/{options.Namespace}/configmaps/{name}", null, cancel);
        return removed.Succeeded;
    }

    private async Task<Result<IRunningWorkload>> GiveUpAsync(WorkloadMarker marker, Problem problem)
    {
        if (problem.Code == ProblemCode.Conflict)
        {
            return Problem.Conflict($"The attempt {marker.Attempt} is in the cluster already; every attempt needs an id of its own");
        }

        await RemoveAsync(_api, options, marker.Container!, 0, CancellationToken.None);
        return new EndedWorkload(marker, new WorkloadOutcome.CouldNotStart(problem.Message));
    }
}
