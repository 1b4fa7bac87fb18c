using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Datasets;

/// <summary>Versions of datasets, named by the digest of their bytes.</summary>
public sealed class DatasetsClient
{
    private readonly HttpTransport _transport;

    internal DatasetsClient(HttpTransport transport) => _transport = transport;

    /// <summary>Streams a file up as a version; the same bytes under the same name are the same version. Answers the version with its <c>digest</c>.</summary>
    /// <param name="format"><c>csv</c> or <c>parquet</c>.</param>
    /// <param name="source">Where it came from, for lineage: <c>file:housing.csv</c>.</param>
    public async Task<Result<JsonObject>> UploadAsync(string ns, string name, string format, string source, string file, CancellationToken cancellation)
    {
        var path = $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/datasets/{Uri.EscapeDataString(name)}/versions" +
            $"?format={Uri.EscapeDataString(format)}&source={Uri.EscapeDataString(source)}";
        try
        {
            return await _transport.SendForObjectAsync(() =>
            {
                var request = HttpTransport.Request(HttpMethod.Post, path);
                request.Content = new StreamContent(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, useAsync: true));
                request.Content.Headers.ContentType = new(format == "csv" ? "text/csv" : "application/vnd.apache.parquet");
                return request;
            }, cancellation, bounded: false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot read {file}: {fault.Message}");
        }
    }
}
