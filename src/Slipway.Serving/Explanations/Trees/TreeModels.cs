using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>The trees of the few models that were explained last, by digest; also remembers which models have none.</summary>
internal sealed class TreeModels(IObjectStore objects, ExplanationOptions options) : IDisposable
{
    /// <summary>A model this large is a network.</summary>
    private const long MostBytes = 256 << 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Digest, Task<Result<TreeModel>> Opened)> _byUse = new();

    /// <summary>Unsupported, in words, when the model is no ensemble of trees. The model may be disposed of while it is in use, by design of the engine.</summary>
    public async Task<Result<TreeModel>> FindAsync(string digest, CancellationToken cancellation)
    {
        Task<Result<TreeModel>> opened;
        lock (_lock)
        {
            var node = _byUse.First;
            while (node is not null && node.Value.Digest != digest)
            {
                node = node.Next;
            }

            if (node is null)
            {
                node = new LinkedListNode<(string, Task<Result<TreeModel>>)>((digest, Task.Run(() => OpenAsync(digest), CancellationToken.None)));
            }
            else
            {
                _byUse.Remove(node);
            }

            _byUse.AddFirst(node);
            opened = node.Value.Opened;
            while (_byUse.Count > options.TreeModels)
            {
                Free(_byUse.Last!.Value.Opened);
                _byUse.RemoveLast();
            }
        }

        var found = await opened.WaitAsync(cancellation);
        if (found.Problem is { Code: not ProblemCode.Unsupported })
        {
            // What went wrong once, such as a store that could not be reached, is tried again the next time.
            Forget(digest, opened);
        }

        return found;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, opened) in _byUse)
            {
                Free(opened);
            }

            _byUse.Clear();
        }
    }

    private async Task<Result<TreeModel>> OpenAsync(string digest)
    {
        var found = await objects.FindAsync(digest, CancellationToken.None);
        if (found is null || found.Bytes > MostBytes)
        {
            return new Problem(ProblemCode.Unsupported, found is null
                ? "The model is not one ensemble of trees: its file is not in the object store"
                : $"The model is not one ensemble of trees: it has {found.Bytes} bytes");
        }

        return (await objects.GetBytesAsync(digest, CancellationToken.None)).TryGet(out var onnx, out var problem) ? TreeModel.Open(onnx) : problem;
    }

    private void Forget(string digest, Task<Result<TreeModel>> opened)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Digest == digest && node.Value.Opened == opened)
                {
                    _byUse.Remove(node);
                    return;
                }
            }
        }
    }

    private static void Free(Task<Result<TreeModel>> opened) => _ = opened.ContinueWith(
        static task =>
        {
            if (task.IsCompletedSuccessfully && task.GetAwaiter().GetResult().TryGet(out var model, out _))
            {
                model.Dispose();
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
