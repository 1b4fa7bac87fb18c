using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Domain.Comparison;

namespace Slipway.Monitoring.Drift;

/// <summary>The drift comparison as other modules and the command line see it.</summary>
internal sealed class DriftComparer : IDriftComparer
{
    public Result<JsonObject> Compare(Frame reference, Frame current, DriftOptions options) =>
        SettingsOf(options).Then(settings => FrameComparison.Of(reference, current, settings)).Select(DriftJson.Of);

    private static Result<DriftSettings> SettingsOf(DriftOptions options)
    {
        var faults = new List<Fault>();
        if (options.Share is not (> 0 and <= 1))
        {
            faults.Add(new Fault("share", $"is {options.Share}; give a share above 0 and at most 1"));
        }

        if (!Corrections.ByName.TryGetValue(options.Correction, out var correction))
        {
            faults.Add(new Fault("correction", $"'{options.Correction}' is not one of {string.Join(", ", Corrections.ByName.Keys)}"));
        }

        return faults.Count > 0
            ? Problem.Invalid(faults)
            : new DriftSettings(options.Share, correction, options.AllTests, options.TwoSampleChiSquare, unchecked((int)options.Seed));
    }
}
