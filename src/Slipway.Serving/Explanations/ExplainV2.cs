using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Explanations;

/// <summary>
/// <c>POST /v2/models/{model}[/versions/{version}]/explain</c>: our extension of the Open Inference Protocol. The tensors are those of an inference request,
/// as JSON or as binary blocks; the member <c>explain</c> says how to explain them.
/// </summary>
internal sealed class ExplainV2(RouteTable routes, Explainer explainer, ExplainByCode code, ServingMetrics metrics, ServingOptions options)
{
    private sealed record Asked(InferenceRequest? Request, ExplainSettings Settings, JsonDocument Document) : IDisposable
    {
        public void Dispose()
        {
            Request?.Dispose();
            Document.Dispose();
        }
    }

    public async Task HandleAsync(HttpContext http)
    {
        if (!ModelPath.FindLoaded(routes, http).TryGet(out var found, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var (route, revision) = found;
        if (route.ExplainerCode is not null)
        {
            await ((await code.HandleAsync(http, route, revision)) is { } failed ? RefuseAsync(http, route, failed) : Task.CompletedTask);
            return;
        }

        var header = http.Request.Headers[InferBody.HeaderLength].ToString();
        var length = -1;
        if (header.Length > 0 && !int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out length))
        {
            await RefuseAsync(http, route, Problem.Invalid($"{InferBody.HeaderLength}: '{header}' is not a number of bytes"));
            return;
        }

        var read = await RequestBody.ReadAsync(http.Request, options.MaxRequestBytes, (Route: route, Header: length), static (body, state) => Parse(body, state.Header, state.Route), http.RequestAborted);
        if (!read.TryGet(out var asked, out problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        using (asked)
        {
            var explained = await explainer.ExplainAsync(route, revision, asked.Request, asked.Settings, http.RequestAborted);
            await (explained.TryGet(out var answer, out problem)
                ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
                {
                    writer.WriteString("model_name", route.Name);
                    writer.WriteString("model_version", revision.VersionText);
                    if (asked.Request?.Id is { } id)
                    {
                        writer.WriteString("id", id);
                    }

                    answer.Write(writer);
                })
                : RefuseAsync(http, route, problem));
        }
    }

    private static Result<Asked> Parse(ReadOnlySpan<byte> body, int header, ServiceRoute route)
    {
        if (header == 0 || header > body.Length)
        {
            return Problem.Invalid($"{InferBody.HeaderLength}: is {header}, the body has {body.Length} bytes; an explanation needs its JSON part");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse((header < 0 ? body : body[..header]).ToArray());
        }
        catch (JsonException e)
        {
            return Problem.Invalid($"The body is not JSON: {e.Message}");
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            document.Dispose();
            return Problem.Invalid("The body must be a JSON object");
        }

        InferenceRequest? request = null;
        if (!ExplainParameters.Read(root, "explain", route.Explainer).TryGet(out var settings, out var problem)
            || (root.TryGetProperty("inputs", out _) && !OipParser.Parse(body, route.Names, header).TryGet(out request, out problem)))
        {
            document.Dispose();
            return problem;
        }

        return new Asked(request, settings, document);
    }

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return OipAnswer.WriteAsync(http, problem);
    }
}
