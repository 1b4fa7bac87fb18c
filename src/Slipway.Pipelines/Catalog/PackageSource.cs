using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Packages;

namespace Slipway.Pipelines.Catalog;

/// <summary>Gets the package that a version names: from its <c>package_url</c> (http or https, bounded in size and time), or out of <c>pipeline_spec</c>.</summary>
internal sealed class PackageSource(IHttpClientFactory clients)
{
    public const string ClientName = "pipeline-packages";

    public async Task<Result<PipelineDocument>> ReadAsync(KfpBody version, CancellationToken cancellation)
    {
        if (version.Object("pipeline_spec") is { } spec)
        {
            return PipelineDocument.FromStruct(spec);
        }

        var url = version.Message("package_url")?.Text("pipeline_url", 2048);
        if (version.Faults.Count > 0 || url is null || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return Problem.Invalid([.. version.Faults, new Fault("package_url.pipeline_url", "must be an http or https address (or send the spec itself as pipeline_spec)")]);
        }

        return (await DownloadAsync(address, cancellation)).TryGet(out var bytes, out var problem)
            ? PipelineDocument.FromPackage(Path.GetFileName(address.LocalPath), bytes)
            : problem;
    }

    private async Task<Result<byte[]>> DownloadAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                return Problem.Invalid($"package_url: {address} answered {(int)answer.StatusCode}");
            }

            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            using var buffer = new MemoryStream();
            var chunk = new byte[64 * 1024];
            while (await body.ReadAsync(chunk, cancellation) is var read and > 0)
            {
                if (buffer.Length + read > KfpBody.MaxBytes)
                {
                    return new Problem(ProblemCode.TooLarge, $"package_url: {address} holds more than {KfpBody.MaxBytes} bytes");
                }

                buffer.Write(chunk, 0, read);
            }

            return buffer.ToArray();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return Problem.Invalid($"package_url: {address} could not be read: {exception.Message}");
        }
    }
}
