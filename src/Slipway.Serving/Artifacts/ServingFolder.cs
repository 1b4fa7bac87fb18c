using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Hosting;

namespace Slipway.Serving.Artifacts;

/// <summary>Where serving keeps what it can make again: unpacked models, logs of workers, marks of running ones.</summary>
internal sealed class ServingFolder(string root)
{
    public string Models { get; } = Path.Combine(root, "models");

    /// <summary>Models on their way into the object store.</summary>
    public string Downloads { get; } = Path.Combine(root, "downloads");

    public string Logs { get; } = Path.Combine(root, "logs");

    public string Workers { get; } = Path.Combine(root, "workers");

    public string Python { get; } = Path.Combine(root, "python");

    public static ServingFolder Of(IServiceProvider provider) =>
        new(Path.Combine(provider.GetService<DataFolder>()?.FullPath ?? Path.Combine(Path.GetTempPath(), "slipway"), "serving"));
}
