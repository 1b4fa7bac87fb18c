using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Slipway.Client.Transport;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Scoring;

/// <summary>Scores frames with a registered model of the server, batch by batch, as binary tensors.</summary>
public sealed class ScoringClient
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    private readonly HttpTransport _transport;

    internal ScoringClient(HttpTransport transport) => _transport = transport;

    /// <summary>The version that a reference means now.</summary>
    /// <param name="ns">Namespace.</param>
    /// <param name="model"><c>models:/NAME@ALIAS</c> or <c>models:/NAME/VERSION</c>.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<Result<ScoringModel>> FindAsync(string ns, string model, CancellationToken cancellation) =>
        _transport.GetAsync(PathOf(ns, model), ScoringJson.Default.ScoringModel, cancellation);

    /// <summary>Scores a frame that has the model's inputs as columns. May be sent again: nothing on the server changes by it.</summary>
    public async Task<Result<Scores>> ScoreAsync(string ns, ScoringModel model, Frame batch, CancellationToken cancellation)
    {
        if (!TensorBatch.Write(model.Inputs, batch).TryGet(out var body, out var problem))
        {
            return problem;
        }

        HttpRequestMessage Request()
        {
            var request = HttpTransport.Request(HttpMethod.Post, PathOf(ns, model.Reference), "application/octet-stream");
            request.Content = new ByteArrayContent(body.Bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Headers.TryAddWithoutValidation(HeaderLength, body.Header.ToString(CultureInfo.InvariantCulture));
            return request;
        }

        if (!(await _transport.SendAsync(Request, bounded: true, cancellation)).TryGet(out var response, out problem))
        {
            return problem;
        }

        using (response)
        {
            try
            {
                var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
                return response.Headers.TryGetValues(HeaderLength, out var values) && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var header)
                    && header <= answer.Length && JsonSerializer.Deserialize(answer.AsSpan(0, header), ScoringJson.Default.ScoredBatchHead) is { } head
                        ? TensorBatch.Read(head, answer.AsSpan(header))
                        : new Problem(ProblemCode.Unsupported, $"{_transport.Server} did not answer as a Slipway server does. Is it the right address?");
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                return _transport.Unreachable(fault);
            }
            catch (JsonException fault)
            {
                return new Problem(ProblemCode.Unsupported, $"{_transport.Server} did not answer as a Slipway server does: {fault.Message}");
            }
        }
    }

    private static string PathOf(string ns, string model) => $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/scoring?model={Uri.EscapeDataString(model)}";
}
