using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes;

/// <summary>What is to be loaded, and for whom.</summary>
/// <param name="Digest">The model's file, or the manifest of its folder (<see cref="Artifacts.ModelManifest"/>), in the object store.</param>
/// <param name="Format">One of <see cref="ModelFormats.All"/>.</param>
internal sealed record ModelToLoad(string Digest, string Format)
{
    /// <summary>The revision's settings of its workers, as <see cref="WorkerSpec.ToText"/> wrote them.</summary>
    public string Settings { get; init; } = "";

    /// <summary>How many copies there may be; it may change later (<see cref="IScaledModel"/>).</summary>
    public ScaleSpec Scale { get; init; } = ScaleSpec.One;

    /// <summary>False for a model that is about to run in bulk anyway.</summary>
    public bool Warm { get; init; } = true;

    public string Namespace { get; init; } = "";

    /// <summary>The service it is for; empty when it is for none.</summary>
    public string Service { get; init; } = "";

    /// <summary>What it is in words: a model, or one of <see cref="CodeSpec"/>'s roles.</summary>
    public string Role { get; init; } = Model;

    public const string Model = "model";

    /// <summary>The revision's name, for people and for the place of logs.</summary>
    public string Name { get; init; } = "model";
}

/// <summary>A model that is ready to answer.</summary>
/// <param name="Classes">Class labels in the order of its probabilities; empty when it does not say.</param>
internal sealed record RunnableModel(IServedModel Model, IReadOnlyList<string> Classes);

/// <summary>A way to run models. The loader takes the one that has the model's format.</summary>
internal interface IModelRuntime
{
    /// <summary>As <c>predictor.model.runtime</c> names it.</summary>
    string Name { get; }

    IReadOnlyList<string> Formats { get; }

    /// <summary>Ends when the model can be asked. Invalid: the model is broken; Unsupported: this machine lacks what it needs.</summary>
    Task<Result<RunnableModel>> LoadAsync(ModelToLoad model, CancellationToken cancellation);
}
