using System.Globalization;
using Slipway.Contracts.Registry.Ports;

namespace Slipway.Registry.Domain;

/// <summary>Where MLflow's clients find the files of a version.</summary>
internal static class ModelSources
{
    /// <summary>As it was given, or for versions that Slipway trained the place at which the artifact proxy serves them.</summary>
    public static string Of(ModelVersion version) => version.Source.Length > 0 ? version.Source : Ours(version.Model, version.Version);

    public static string Ours(string model, int version) => string.Create(CultureInfo.InvariantCulture, $"mlflow-artifacts:/registry/{model}/{version}");
}
