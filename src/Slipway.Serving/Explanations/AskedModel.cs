using Slipway.Kernel.Problems;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Explanations;

/// <summary>The model as an explainer of the user's own asks it: beside the log and the shares, with the budget that the built-in methods have.</summary>
internal sealed class AskedModel(SharedModel shared, long budget) : IAskedModel
{
    private long _asked;

    public async ValueTask<Result<TensorSet>> AskAsync(InferenceRequest request, CancellationToken cancellation) =>
        (_asked += request.Rows) > budget
            ? Problem.Invalid($"it asked for more than the {budget} model rows that one request may compute (Serving:Explanations:MaxEvaluations)")
            : await shared.Model.RunAsync(request, default, cancellation);
}
