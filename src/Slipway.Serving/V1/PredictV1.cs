using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Inference;
using Slipway.Serving.Natural;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.V1;

/// <summary>
/// <c>POST /v1/models/{model}[/versions/{version}|/labels/{label}]:predict</c>: TensorFlow Serving's and KServe's V1. Rows
/// (<c>{"instances": [...]}</c>) are answered with <c>predictions</c>, columns (<c>{"inputs": ...}</c>) with <c>outputs</c>.
/// </summary>
internal sealed class PredictV1(RouteTable routes, LabelledVersions labels, Predictor predictor, ServingMetrics metrics, ServingOptions options)
{
    private const string Rows = "instances";
    private const string Columns = "inputs";

    public async Task HandleAsync(HttpContext http)
    {
        if (!(await labels.FindAsync(routes, http)).TryGet(out var target, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        var (route, revision) = target;
        if (!(await NaturalBody.ReadAsync(http.Request, options.MaxRequestBytes, http.RequestAborted)).TryGet(out var document, out problem))
        {
            await RefuseAsync(http, route, problem);
            return;
        }

        using (document)
        {
            var byRows = document.RootElement.TryGetProperty(Rows, out _);
            if (!Read(document.RootElement, revision).TryGet(out var request, out problem))
            {
                await RefuseAsync(http, route, problem);
                return;
            }

            RoutingParameters.Keep(request, document.RootElement, "parameters", route.Names);

            var asked = target.Asked ? revision.VersionText : null;
            if (!(await predictor.AnswerAsync(route, request, CallContext.Of(http, asked, "v1"), http.RequestAborted)).TryGet(out var answered, out problem))
            {
                await RefuseAsync(http, route, problem);
                return;
            }

            using (answered)
            {
                http.Response.Headers[OipAnswer.PredictionIdHeader] = answered.Exchange.PredictionId;
                var outputs = answered.Answer.Outputs!;
                var rows = NaturalWriter.Rows(outputs, outputs.Count);
                await (byRows && rows < 0
                    ? OipAnswer.WriteAsync(http, Problem.Invalid("The model's outputs do not have a row for every instance; send \"inputs\" and take \"outputs\""))
                    : OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer => Write(writer, outputs, byRows, rows)));
            }
        }
    }

    private static Result<InferenceRequest> Read(JsonElement body, LoadedRevision revision)
    {
        // The one signature that /metadata tells of; TensorFlow Serving takes none for it.
        if (body.TryGetProperty("signature_name", out var signature)
            && (signature.ValueKind != JsonValueKind.String || !(signature.ValueEquals("") || signature.ValueEquals(DescribeV1.Signature))))
        {
            return Problem.Invalid($"Serving signature name: {signature.GetRawText()} not found in signature def; the model has \"{DescribeV1.Signature}\"");
        }

        var inputs = revision.Model.Model.Inputs;
        var (hasRows, hasColumns) = (body.TryGetProperty(Rows, out var rows), body.TryGetProperty(Columns, out var columns));
        return (hasRows, hasColumns) switch
        {
            (true, true) => Problem.Invalid("The body has both instances and inputs; send one of them"),
            (true, false) => NaturalInputs.FromRows(rows, inputs, Rows),
            (false, true) => NaturalInputs.FromColumns(columns, inputs, Columns),
            _ => Problem.Invalid("The body has neither instances (rows) nor inputs (columns)"),
        };
    }

    private static void Write(Utf8JsonWriter writer, TensorSet outputs, bool byRows, int rows)
    {
        if (!byRows)
        {
            writer.WritePropertyName("outputs");
            WriteColumns(writer, outputs);
            return;
        }

        writer.WriteStartArray("predictions");
        for (var row = 0; row < rows; row++)
        {
            if (outputs.Count == 1)
            {
                NaturalWriter.WriteRow(writer, outputs, 0, row, packed: true);
                continue;
            }

            writer.WriteStartObject();
            for (var i = 0; i < outputs.Count; i++)
            {
                writer.WritePropertyName(outputs.Spec(i).Name);
                NaturalWriter.WriteRow(writer, outputs, i, row, packed: true);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteColumns(Utf8JsonWriter writer, TensorSet outputs)
    {
        if (outputs.Count == 1)
        {
            NaturalWriter.Write(writer, outputs, 0, packed: true);
            return;
        }

        writer.WriteStartObject();
        for (var i = 0; i < outputs.Count; i++)
        {
            writer.WritePropertyName(outputs.Spec(i).Name);
            NaturalWriter.Write(writer, outputs, i, packed: true);
        }

        writer.WriteEndObject();
    }

    private Task RefuseAsync(HttpContext http, ServiceRoute route, Problem problem)
    {
        metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
        return OipAnswer.WriteAsync(http, problem);
    }
}
