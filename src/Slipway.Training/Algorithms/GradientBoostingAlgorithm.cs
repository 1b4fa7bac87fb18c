using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Domain.Parameters;
using Slipway.Training.Export;

namespace Slipway.Training.Algorithms;

internal sealed class GradientBoostingAlgorithm : IAlgorithm
{
    public string Name => "gradient-boosting";

    public Result<TrainedModel> Train(TrainingRequest request, ParameterReader parameters, int threads, CancellationToken cancellation)
    {
        var settings = BoostingParameters.Read(parameters);
        var categorical = parameters.Names("categorical");
        return parameters.Finish(settings).Then(_ => TrainingRows.From(request, categorical)).Select(rows =>
        {
            var model = GradientBoosting.Train(
                rows.Features, rows.Columns, rows.Target, rows.Weights, settings, unchecked((ulong)request.Seed), threads, cancellation);
            return new TrainedModel(BoostedTreesExport.Write(model), model.Classes?.Names() ?? [], rows.Count);
        });
    }
}
