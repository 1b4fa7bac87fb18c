using Slipway.Compute.Backends;
using Slipway.Compute.Processes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;

namespace Slipway.Pipelines.Steps;

/// <summary>Python components that the Kubeflow Pipelines SDK compiled, made fit for a machine without its package and without a network.</summary>
internal sealed class PythonSteps(PipelinesOptions options)
{
    // Written out with the first step, not at every start of the server.
    private readonly Lazy<PythonOptions> _python = new(() => new PythonOptions { RuntimeFolder = PythonRuntime.LayOut(Path.Combine(options.Folder!, "python")) });

    /// <summary>Only for processes: an image has a Python of its own, and its command is left as it is.</summary>
    public Workload Rewrite(Workload workload, IComputeBackend backend) =>
        backend.Name == ProcessBackend.BackendName && KfpBootstrap.Recognises(workload) ? KfpBootstrap.Rewrite(workload, _python.Value) : workload;
}
