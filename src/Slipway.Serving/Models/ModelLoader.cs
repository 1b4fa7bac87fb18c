using Microsoft.Extensions.Logging;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Models;

/// <summary>Opens a model from the object store and runs it once, so that its first caller does not pay for what a session does lazily.</summary>
internal sealed class ModelLoader(IObjectStore objects, ILogger<ModelLoader> log) : IDisposable
{
    /// <summary>One at a time: loading optimizes the graph on all it can get, and requests are being answered meanwhile.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<Result<SharedModel>> LoadAsync(string digest, bool warm, CancellationToken cancellation)
    {
        var located = await objects.LocalPathAsync(digest, cancellation);
        if (!located.TryGet(out var path, out var problem))
        {
            return problem.Code == ProblemCode.NotFound
                ? Problem.NotFound($"The model's file (object {digest})")
                : problem;
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Load(path, digest, warm), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private Result<SharedModel> Load(string path, string digest, bool warm)
    {
        if (!OnnxModel.Load(path).TryGet(out var model, out var problem))
        {
            return problem;
        }

        if (model.Outputs.Count == 0)
        {
            model.Dispose();
            return Problem.Invalid("The model has no outputs, so it cannot answer");
        }

        using var file = File.OpenRead(path);
        if (warm && WarmUp(model) is { } failed)
        {
            // Made-up inputs may be wrong for a model with free dimensions; only real ones can tell.
            log.LogInformation("Model {Digest} was not warmed: {Problem}", digest, failed.Message);
        }

        return new SharedModel(new OnnxServedModel(model), OutputRoles.Of(model.Outputs, OnnxProperties.ReadClasses(file)));
    }

    private static Problem? WarmUp(OnnxModel model)
    {
        var inputs = new OnnxInput[model.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var spec = model.Inputs[i];
            long[] shape = [.. spec.Dims.Select(d => d < 0 ? 1 : d)];
            var elements = checked((int)shape.Aggregate(1L, (product, size) => product * size));
            if (spec.Type == OnnxType.BYTES)
            {
                inputs[i] = OnnxInput.Strings(spec.Name, [.. Enumerable.Repeat("", elements)], shape);
                continue;
            }

            inputs[i] = OnnxInput.From(spec.Name, spec.Type, new ArraySegment<byte>(new byte[elements * spec.Type.Size()]), shape);
        }

        var run = model.Run(inputs);
        if (run.Succeeded)
        {
            run.Value.Dispose();
        }

        return run.Problem;
    }
}
