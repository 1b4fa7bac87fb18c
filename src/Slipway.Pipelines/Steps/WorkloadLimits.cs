using System.Globalization;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Pipelines.Steps;

/// <summary>A container's resources as limits. Requests are a scheduler's business; where only a request is given there is no limit.</summary>
internal static class WorkloadLimits
{
    public static Result<WorkloadResources> Of(ResourceSpec? resources)
    {
        if (resources is null)
        {
            return WorkloadResources.Unlimited;
        }

        double? cpu = null;
        double? memory = null;
        if ((resources.CpuLimit is { } c && !TryRead(c, out cpu)) || (resources.MemoryLimit is { } m && !TryRead(m, out memory)))
        {
            return Problem.Invalid($"the limits cpu {resources.CpuLimit ?? "-"} and memory {resources.MemoryLimit ?? "-"} are no quantities; write 500m, 2 or 512Mi");
        }

        var accelerator = resources.AcceleratorType is { Length: > 0 } type
            && int.TryParse(resources.AcceleratorCount, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                ? new WorkloadAccelerator(type, count)
                : null;
        return new WorkloadResources { Cpu = cpu, MemoryBytes = memory is { } bytes ? (long)bytes : null, Accelerator = accelerator };
    }

    /// <summary>A Kubernetes quantity: a number with <c>m</c>, a decimal (k, M, G ...) or a binary suffix (Ki, Mi, Gi ...).</summary>
    public static bool TryRead(string text, out double? value)
    {
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.+-eE");
        var number = digits < 0 ? text : text[..digits];
        value = double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var read) && double.IsFinite(read) && read > 0 ? read * Factor(digits < 0 ? "" : text[digits..]) : null;
        return value is not null && !double.IsNaN(value.Value);
    }

    private static double Factor(string suffix) => suffix switch
    {
        "" => 1,
        "m" => 0.001,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024,
        "Mi" => 1024 * 1024,
        "Gi" => 1024.0 * 1024 * 1024,
        "Ti" => 1024.0 * 1024 * 1024 * 1024,
        _ => double.NaN,
    };
}
