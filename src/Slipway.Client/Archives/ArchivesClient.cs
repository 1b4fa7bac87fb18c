using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Slipway.Client.Transport;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Archives;

/// <summary>Takes a namespace's runs and models in and out in bulk, and their files through the artifact proxy.</summary>
public sealed class ArchivesClient
{
    private readonly HttpTransport _transport;

    internal ArchivesClient(HttpTransport transport) => _transport = transport;

    /// <summary>Sends lines; they are kept when this answers. The same lines again change nothing.</summary>
    /// <param name="part"><c>tracking</c> or <c>registry</c>.</param>
    /// <param name="lines">NDJSON of <see cref="ArchiveLine"/>, at most 16 MiB.</param>
    public Task<Result<ImportAnswer>> ImportAsync(string ns, string part, ReadOnlyMemory<byte> lines, CancellationToken cancellation) =>
        PostAsync(Path(ns, $"import/{part}"), lines, "application/x-ndjson", ArchiveJson.Default.ImportAnswer, cancellation);

    /// <summary>Which of these are not yet here as marked; at most 1,000 at once.</summary>
    public Task<Result<PendingAnswer>> PendingAsync(string ns, PendingRuns runs, CancellationToken cancellation) =>
        PostAsync(
            Path(ns, "import/pending"), JsonSerializer.SerializeToUtf8Bytes(runs, ArchiveJson.Default.PendingRuns), "application/json", ArchiveJson.Default.PendingAnswer, cancellation);

    /// <summary>Everything of a namespace, line by line as it arrives.</summary>
    /// <param name="part"><c>tracking</c> or <c>registry</c>.</param>
    /// <exception cref="ProblemException">The server refused, could not be reached, or broke off.</exception>
    public async IAsyncEnumerable<ArchiveLine> ExportAsync(string ns, string part, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var answer = await _transport.SendAsync(() => HttpTransport.Request(HttpMethod.Get, Path(ns, $"export/{part}"), "application/x-ndjson"), bounded: false, cancellation);
        if (!answer.TryGet(out var response, out var problem))
        {
            throw new ProblemException(problem);
        }

        using (response)
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            using var reader = new StreamReader(body);
            var ended = false;
            while (await reader.ReadLineAsync(cancellation) is { } text)
            {
                var line = JsonSerializer.Deserialize(text, ArchiveJson.Default.ArchiveLine)!;
                ended = line == new ArchiveLine();
                if (!ended)
                {
                    yield return line;
                }
            }

            if (!ended)
            {
                // The last line is empty ({}), so an export that broke off is not taken for a whole one.
                throw new ProblemException(Problem.Unavailable($"{_transport.Server} broke off in the middle of the export; try again"));
            }
        }
    }

    /// <summary>Streams a file to an artifact path, in place of what is there.</summary>
    public async Task<Result<Unit>> UploadAsync(string ns, string artifactPath, string file, CancellationToken cancellation)
    {
        try
        {
            var answer = await _transport.SendAsync(
                () =>
                {
                    var request = Artifact(ns, HttpMethod.Put, $"/{Escaped(artifactPath)}");
                    request.Content = new StreamContent(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, useAsync: true));
                    request.Content.Headers.ContentType = new("application/octet-stream");
                    return request;
                },
                bounded: false, cancellation);
            return answer.Select(response =>
            {
                response.Dispose();
                return default(Unit);
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot read {file}: {fault.Message}");
        }
    }

    /// <summary>What is directly below a folder of artifacts: path relative to it, and whether it is a folder.</summary>
    public async Task<Result<IReadOnlyList<(string Path, bool IsFolder)>>> ListAsync(string ns, string artifactPath, CancellationToken cancellation)
    {
        var answer = await _transport.SendForObjectAsync(() => Artifact(ns, HttpMethod.Get, $"?path={Uri.EscapeDataString(artifactPath)}"), cancellation);
        return answer.Select<IReadOnlyList<(string Path, bool IsFolder)>>(body =>
        [
            .. (body["files"] as JsonArray ?? []).OfType<JsonObject>().Select(file => ((string?)file["path"] ?? "", (bool?)file["is_dir"] ?? false)),
        ]);
    }

    public async Task<Result<Unit>> DownloadAsync(string ns, string artifactPath, string file, CancellationToken cancellation)
    {
        var answer = await _transport.SendAsync(() => Artifact(ns, HttpMethod.Get, $"/{Escaped(artifactPath)}", "*/*"), bounded: false, cancellation);
        if (!answer.TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            await using var target = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 64 * 1024, useAsync: true);
            await response.Content.CopyToAsync(target, cancellation);
            return default(Unit);
        }
    }

    private static HttpRequestMessage Artifact(string ns, HttpMethod method, string rest, string accept = "application/json")
    {
        var request = HttpTransport.Request(method, $"api/2.0/mlflow-artifacts/artifacts{rest}", accept);
        request.Headers.TryAddWithoutValidation("X-MLFLOW-WORKSPACE", ns);
        return request;
    }

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static string Path(string ns, string rest) => $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/{rest}";

    private async Task<Result<T>> PostAsync<T>(string path, ReadOnlyMemory<byte> body, string type, JsonTypeInfo<T> answerType, CancellationToken cancellation)
        where T : class
    {
        var answer = await _transport.SendForObjectAsync(
            () =>
            {
                var request = HttpTransport.Request(HttpMethod.Post, path);
                request.Content = new ReadOnlyMemoryContent(body);
                request.Content.Headers.ContentType = new(type);
                return request;
            },
            cancellation, bounded: false);
        return answer.Select(o => o.Deserialize(answerType)!);
    }
}
