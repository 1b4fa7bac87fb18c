using System.Globalization;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Reconciling;

namespace Slipway.Serving.Scoring;

/// <summary>A registered model opened for scoring in bulk. Release the model when done.</summary>
internal sealed record OpenedModel(ScoringModel Description, SharedModel Model);

/// <summary>Finds the version that a reference means now and opens it in the runtime that has its format.</summary>
internal sealed class ScoringModels(ModelResolver resolver, ModelCache cache)
{
    /// <param name="reference"><c>models:/NAME@ALIAS</c> or <c>models:/NAME/VERSION</c>.</param>
    public async Task<Result<OpenedModel>> OpenAsync(string ns, string reference, CancellationToken cancellation)
    {
        if (!StorageUri.Parse(reference).TryGet(out var source, out var problem) && reference.StartsWith("models:/", StringComparison.Ordinal))
        {
            return problem;
        }

        if (source?.RegisteredModel is null)
        {
            return Problem.Invalid($"model: '{reference}' is no registered model; use models:/NAME@ALIAS or models:/NAME/VERSION");
        }

        if (!(await ResolveAsync(ns, source, cancellation)).TryGet(out var resolved, out problem)
            || !(await cache.AcquireAsync(resolved.Digest, resolved.Format, cancellation)).TryGet(out var model, out problem))
        {
            return problem;
        }

        var pinned = string.Create(CultureInfo.InvariantCulture, $"models:/{resolved.Model}/{resolved.Version}");
        TensorSpec[] inputs = [.. model.Model.Inputs.Select(i => new TensorSpec(i.Name, i.Datatype, [.. i.Dims]))];
        return new OpenedModel(new ScoringModel(pinned, resolved.Digest, inputs, TypeOf(model)), model);
    }

    /// <summary>Whatever form the version has: ONNX, MLflow's, or a format of its own.</summary>
    private async Task<Result<ResolvedModel>> ResolveAsync(string ns, StorageUri source, CancellationToken cancellation)
    {
        var asOnnx = await resolver.ResolveAsync(ns, source, ModelFormats.Onnx, cancellation);
        if (asOnnx.Succeeded || asOnnx.Problem.Code is not (ProblemCode.Unsupported or ProblemCode.Invalid))
        {
            return asOnnx;
        }

        foreach (var format in ModelFormats.OfWorkers.Reverse())
        {
            if (await resolver.ResolveAsync(ns, source, format, cancellation) is { Succeeded: true } found)
            {
                return found;
            }
        }

        return asOnnx;
    }

    private static string TypeOf(SharedModel model)
    {
        var type = model.Model.Outputs[model.Roles.Prediction].Type;
        return type == OnnxType.BYTES || model.Roles.TakesBest ? "BYTES" : type == OnnxType.BOOL ? "BOOL" : OutputRoles.IsFloat(type) || !model.Roles.Classifies ? "FP64" : "INT64";
    }
}
