using Microsoft.Extensions.Logging;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Onnx;

/// <summary>Models in this process: opened from the object store and run once, so that the first caller does not pay for what a session does lazily.</summary>
internal sealed class OnnxRuntime(IObjectStore objects, ModelNews news, TimeProvider time, ILogger<OnnxRuntime> log) : IModelRuntime, IDisposable
{
    public const string RuntimeName = "slipway-onnx";

    /// <summary>Longest a request is held for a model that slept.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>One at a time: loading optimizes the graph on all it can get, and requests are being answered meanwhile.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    public string Name => RuntimeName;

    public IReadOnlyList<string> Formats { get; } = [ModelFormats.Onnx];

    public async Task<Result<RunnableModel>> LoadAsync(ModelToLoad model, CancellationToken cancellation)
    {
        var loaded = await LoadSessionAsync(model, cancellation);
        return model.Scale.MaySleep
            ? loaded.Select(first => first with
            {
                Model = new SleepingModel(
                    first.Model, model.Scale, (_, token) => LoadSessionAsync(model, token), Patience, () => news.Tell(model.Namespace, model.Service), time),
            })
            : loaded;
    }

    private async Task<Result<RunnableModel>> LoadSessionAsync(ModelToLoad model, CancellationToken cancellation)
    {
        var located = await objects.LocalPathAsync(model.Digest, cancellation);
        if (!located.TryGet(out var path, out var problem))
        {
            return problem.Code == ProblemCode.NotFound ? Problem.NotFound($"The model's file (object {model.Digest})") : problem;
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Load(path, model), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private Result<RunnableModel> Load(string path, ModelToLoad wanted)
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
        Result<string[][]> labels = wanted.Warm ? WarmUp(model) : Array.Empty<string[]>();
        if (!labels.Succeeded)
        {
            // Made-up inputs may be wrong for a model with free dimensions; only real ones can tell.
            log.LogInformation("Model {Digest} was not warmed: {Problem}", wanted.Digest, labels.Problem.Message);
        }

        string[][] shown = labels.Succeeded ? labels.Value : [];
        var classes = OnnxProperties.ReadClasses(file);
        return new RunnableModel(new OnnxServedModel(model, file.Length, shown), classes.Count > 0 ? classes : shown.FirstOrDefault(l => l.Length > 0) ?? []);
    }

    /// <summary>A model may declare any sizes; made-up inputs beyond this are not worth their memory.</summary>
    private const long MostWarmUpBytes = 64 << 20;

    /// <summary>One run on made-up inputs; the class labels of each output that shows any.</summary>
    private static Result<string[][]> WarmUp(OnnxModel model)
    {
        OnnxTensorSpec[] needed = [.. model.Inputs.Where(i => !i.Optional)];
        if (needed.Sum(i => BytesOf(i)) > MostWarmUpBytes)
        {
            return Problem.Invalid($"its inputs have more than {MostWarmUpBytes} bytes");
        }

        var inputs = new OnnxInput[needed.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            var spec = needed[i];
            long[] shape = [.. spec.Dims.Select(d => d < 0 ? 1 : d)];
            var elements = checked((int)shape.Aggregate(1L, (product, size) => product * size));
            if (spec.Type == OnnxType.BYTES)
            {
                inputs[i] = OnnxInput.Strings(spec.Name, [.. Enumerable.Repeat("", elements)], shape);
                continue;
            }

            inputs[i] = OnnxInput.From(spec.Name, spec.Type, new ArraySegment<byte>(new byte[elements * spec.Type.Size()]), shape);
        }

        if (!model.Run(inputs).TryGet(out var outputs, out var problem))
        {
            return problem;
        }

        using (outputs)
        {
            return Enumerable.Range(0, outputs.Count).Select(i => outputs.Classes(i).ToArray()).ToArray();
        }
    }

    /// <summary>As a floating-point number, which no declared size can overflow.</summary>
    private static double BytesOf(OnnxTensorSpec spec) => spec.Dims.Aggregate((double)Math.Max(spec.Type.Size(), 16), (product, size) => product * Math.Max(size, 1));
}
