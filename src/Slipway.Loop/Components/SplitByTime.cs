using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary><c>slipway/split-by-time</c>: says from which instant on rows are held out. Outputs holdoutFrom, trainRows, holdoutRows.</summary>
internal sealed class SplitByTime(IDatasets datasets) : IPipelineComponent
{
    public string Name => "slipway/split-by-time";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (!ComponentInputs.Subject(context.Inputs).TryGet(out var subject, out var problem)
            || !(await ComponentInputs.TableAsync(datasets, context.Namespace, subject, context.Inputs, cancellation)).TryGet(out var table, out problem))
        {
            return problem;
        }

        var time = (TimeColumn)table.Data[subject.Time];
        var first = Holdout.FirstRow(time, subject.TrainEndRow - subject.TrainFromRow);
        if (first < 5)
        {
            return Problem.Invalid($"{table.Data.Rows} labelled rows are too few to hold some out: all but {first} have the newest instants");
        }

        return new JsonObject
        {
            ["holdoutFrom"] = time.At(first).UtcDateTime.ToString("O"), ["trainRows"] = first, ["holdoutRows"] = table.Data.Rows - first,
        };
    }
}
