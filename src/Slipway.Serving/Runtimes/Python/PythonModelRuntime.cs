using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Models of Python libraries, in processes of their own: a pickle is opened there and nowhere else.</summary>
internal sealed class PythonModelRuntime(WorkerPools pools) : IModelRuntime
{
    public const string RuntimeName = "slipway-python";

    public string Name => RuntimeName;

    public IReadOnlyList<string> Formats => ModelFormats.OfWorkers;

    public async Task<Result<RunnableModel>> LoadAsync(ModelToLoad model, CancellationToken cancellation)
    {
        var loaded = await LoadOnceAsync(model, cancellation);
        return loaded.Select(first => new RunnableModel(
            new SleepingModel(first.Model, model.Scale, (scale, token) => LoadOnceAsync(model with { Scale = scale }, token), pools.Patience, () => pools.Tell(model), pools.Time),
            first.Classes));
    }

    private async Task<Result<RunnableModel>> LoadOnceAsync(ModelToLoad model, CancellationToken cancellation) =>
        (await pools.LoadAsync(model, cancellation)).Select(pool => new RunnableModel(new PythonServedModel(pool), pool.Loaded.Classes));
}
