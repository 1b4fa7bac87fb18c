using System.Security.Cryptography;
using System.Text;
using Slipway.Contracts.Tracking.Wire;

namespace Slipway.Tracking.Archives.Files;

/// <summary>Where an export puts files, and the ids that MLflow's stores want for things that have none here.</summary>
internal static class ExportPlaces
{
    /// <param name="artifactUri">As the server has it.</param>
    /// <param name="final">The folder that URIs name once the export is complete.</param>
    /// <param name="now">The folder to write to until then.</param>
    /// <returns>An empty folder when the files are not the server's to give: the URI stays.</returns>
    public static (string ArtifactUri, string Folder) Of(string artifactUri, string final, string now)
    {
        const string Proxy = "mlflow-artifacts:/";
        if (!artifactUri.StartsWith(Proxy, StringComparison.Ordinal))
        {
            return (artifactUri, "");
        }

        var path = artifactUri[Proxy.Length..].Trim('/');
        return (new Uri(Path.Join(final, path)).AbsoluteUri, Path.Join(now, path));
    }

    /// <summary>32 hex characters, the same for the same dataset of an experiment.</summary>
    public static string DatasetId(string experimentId, ArchivedDataset dataset) => Id(experimentId, dataset.Name, dataset.Digest);

    public static string Id(params IReadOnlyList<string> parts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..32];
}
