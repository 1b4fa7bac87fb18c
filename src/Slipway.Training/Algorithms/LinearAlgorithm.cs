using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Training.Domain.Linear;
using Slipway.Training.Domain.Parameters;
using Slipway.Training.Export;

namespace Slipway.Training.Algorithms;

internal sealed class LinearAlgorithm : IAlgorithm
{
    /// <summary>The closed form holds a square matrix of this many columns (128 MB) and takes some seconds.</summary>
    private const int MaxColumns = 4000;

    public string Name => "linear";

    public Result<TrainedModel> Train(TrainingRequest request, ParameterReader parameters, int threads, CancellationToken cancellation)
    {
        var settings = LinearParameters.Read(parameters);
        var categorical = parameters.Names("categorical");
        return parameters.Finish(settings).Then(_ => TrainingRows.From(request, categorical)).Then(rows => Train(rows, settings, cancellation));
    }

    private static Result<TrainedModel> Train(TrainingRows rows, LinearParameters settings, CancellationToken cancellation)
    {
        var columns = rows.Features.Features.Sum(f => f.IsCategory ? f.Codes : 1);
        if (columns > MaxColumns)
        {
            return Problem.Invalid([new Fault(
                "features", $"the numbers and categories make {columns} columns, linear takes at most {MaxColumns}; leave out columns with many categories or use gradient-boosting")]);
        }

        var model = LinearModel.Train(rows.Features, rows.Columns, rows.Target, rows.Weights, settings, cancellation);
        return new TrainedModel(LinearExport.Write(model), model.Classes?.Names() ?? [], rows.Count);
    }
}
