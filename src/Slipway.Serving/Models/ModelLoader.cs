using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Models;

/// <summary>Opens a model in the runtime that has its format, and tells its outputs' roles.</summary>
internal sealed class ModelLoader(IEnumerable<IModelRuntime> runtimes)
{
    private readonly Dictionary<string, IModelRuntime> _byFormat =
        runtimes.SelectMany(r => r.Formats.Select(f => (Format: f, Runtime: r))).ToDictionary(p => p.Format, p => p.Runtime, StringComparer.Ordinal);

    /// <summary>An ONNX file.</summary>
    public Task<Result<SharedModel>> LoadAsync(string digest, bool warm, CancellationToken cancellation) =>
        LoadAsync(new ModelToLoad(digest, ModelFormats.Onnx) { Warm = warm }, cancellation);

    public async Task<Result<SharedModel>> LoadAsync(ModelToLoad wanted, CancellationToken cancellation)
    {
        if (!_byFormat.TryGetValue(wanted.Format, out var runtime))
        {
            return new Problem(ProblemCode.Unsupported, $"No runtime of this server opens '{wanted.Format}'; there are {string.Join(", ", _byFormat.Keys)}");
        }

        var loaded = await runtime.LoadAsync(wanted, cancellation);
        return loaded.Select(made => new SharedModel(made.Model, OutputRoles.Of(made.Model.Outputs, made.Classes)));
    }
}
