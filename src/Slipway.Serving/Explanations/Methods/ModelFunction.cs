using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Rows;
using Slipway.Serving.Models;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>A model as a function of rows, whichever runtime it runs on, with a budget.</summary>
internal sealed class ModelFunction(SharedModel shared, long budget)
{
    /// <summary>Beyond some thousand rows a batch gains nothing.</summary>
    private const int BatchRows = 1024;

    public OutputRoles Roles => shared.Roles;

    /// <summary>Rows that may still be computed.</summary>
    public long Left { get; private set; } = budget;

    private long Budget { get; } = budget;

    public async Task<Result<ModelAnswers>> RunAsync(FeatureRows rows, int count, CancellationToken cancellation)
    {
        if ((Left -= count) < 0)
        {
            return new Problem(ProblemCode.TooLarge, $"The explanation needs more than the {Budget} model rows that one request may compute "
                + "(Serving:Explanations:MaxEvaluations); send fewer rows, or set fewer samples or background_rows");
        }

        // A model may have been made for one row at a time.
        var batch = shared.Model.Inputs.Any(i => i.Dims.Count > 0 && i.Dims[0] == 1) ? 1 : BatchRows;
        var parts = new List<ModelAnswers>();
        for (var from = 0; from < count; from += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var some = Math.Min(batch, count - from);
            using var request = rows.ToRequest(from, some);
            if (!(await shared.Model.RunAsync(request, default, cancellation)).TryGet(out var outputs, out var problem))
            {
                return problem;
            }

            using (outputs)
            {
                if (!ModelAnswers.Read(outputs, shared.Roles, some).TryGet(out var part, out problem))
                {
                    return problem;
                }

                parts.Add(part);
            }
        }

        return parts.Count == 1 ? parts[0] : new ModelAnswers(
            [.. parts.SelectMany(p => p.Predictions)],
            parts[0].Numbers is null ? null : [.. parts.SelectMany(p => p.Numbers!)],
            parts[0].Probabilities is null ? null : [.. parts.SelectMany(p => p.Probabilities!)],
            parts[0].Classes);
    }
}
