using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Scoring;

/// <summary>The few models that batch scoring used last, by digest. One that falls out is freed when its last run has ended.</summary>
internal sealed class ModelCache(ModelLoader loader, ServingOptions options) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<((string Digest, string Format) Key, SharedModel Model)> _byUse = new();

    /// <summary>An ONNX model, acquired: release it when done.</summary>
    public Task<Result<SharedModel>> AcquireAsync(string digest, CancellationToken cancellation) => AcquireAsync(digest, ModelFormats.Onnx, cancellation);

    /// <summary>The model, acquired: release it when done.</summary>
    public async Task<Result<SharedModel>> AcquireAsync(string digest, string format, CancellationToken cancellation)
    {
        if (Find((digest, format)) is { } present)
        {
            return present;
        }

        var loaded = await loader.LoadAsync(new ModelToLoad(digest, format) { Warm = false, Name = "scoring" }, cancellation);
        return loaded.TryGet(out var model, out var problem) ? Keep((digest, format), model) : problem;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, model) in _byUse)
            {
                model.Retire();
            }

            _byUse.Clear();
        }
    }

    private SharedModel? Find((string Digest, string Format) key)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key && node.Value.Model.TryAcquire())
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                    return node.Value.Model;
                }
            }

            return null;
        }
    }

    private SharedModel Keep((string Digest, string Format) key, SharedModel model)
    {
        // Two callers may have loaded the same one; the copy that nobody finds any more falls out by itself.
        model.TryAcquire();
        lock (_lock)
        {
            _byUse.AddFirst((key, model));
            while (_byUse.Count > options.ScorerModels)
            {
                _byUse.Last!.Value.Model.Retire();
                _byUse.RemoveLast();
            }
        }

        return model;
    }
}
