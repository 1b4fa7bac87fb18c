using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Inference;
using Slipway.Serving.Natural;
using Slipway.Serving.Predictions;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Invocations;

/// <summary>
/// <c>POST /serve/{model}/invocations</c>, and <c>/invocations</c> while there is only one model: MLflow's scoring server. A table (dataframe_split,
/// dataframe_records, CSV) is answered with records, tensors (inputs, instances) with tensors by name.
/// </summary>
internal sealed class Invoke(RouteTable routes, Predictor predictor, ServingMetrics metrics, ServingOptions options)
{
    public async Task HandleAsync(HttpContext http)
    {
        if (!OneModel.Find(routes, http).TryGet(out var route, out var problem)
            || !ModelPath.LoadedOf(route, null).TryGet(out var found, out problem))
        {
            await InvocationAnswer.WriteAsync(http, problem);
            return;
        }

        if (!(await ReadAsync(http, route, found.Revision)).TryGet(out var read, out problem))
        {
            metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
            await InvocationAnswer.WriteAsync(http, problem);
            return;
        }

        if (!(await predictor.AnswerAsync(route, read.Request, CallContext.Of(http, null, "mlflow"), http.RequestAborted)).TryGet(out var answered, out problem))
        {
            metrics.OnRejected(route.Namespace, route.Name, ProblemAnswer.StatusOf(problem.Code));
            await InvocationAnswer.WriteAsync(http, problem);
            return;
        }

        using (answered)
        {
            http.Response.Headers[OipAnswer.PredictionIdHeader] = answered.Exchange.PredictionId;
            await OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer => Write(writer, answered.Answer, read.IsTable));
        }
    }

    private async ValueTask<Result<(InferenceRequest Request, bool IsTable)>> ReadAsync(HttpContext http, ServiceRoute route, LoadedRevision revision)
    {
        var inputs = revision.Model.Model.Inputs;
        if (!IsCsv(http.Request.ContentType).TryGet(out var csv, out var problem))
        {
            return problem;
        }

        if (csv)
        {
            var table = await RequestBody.ReadAsync(
                http.Request, options.MaxRequestBytes, inputs, static (body, specs) => CsvTable.Read(body, specs), http.RequestAborted);
            return table.Select(request => (request, true));
        }

        if (!(await NaturalBody.ReadAsync(http.Request, options.MaxRequestBytes, http.RequestAborted)).TryGet(out var document, out problem))
        {
            return problem;
        }

        using (document)
        {
            return InvocationInputs.Read(document.RootElement, inputs).Select(read =>
            {
                RoutingParameters.Keep(read.Request, document.RootElement, "params", route.Names);
                return read;
            });
        }
    }

    /// <summary>JSON or CSV, in UTF-8.</summary>
    private static Result<bool> IsCsv(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            return Refused(contentType);
        }

        var charset = type.CharSet?.Trim('"');
        if (type.Parameters.Any(p => !p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase))
            || (charset is not null && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return new Problem(ProblemCode.UnsupportedMediaType, $"The scoring server accepts UTF-8 and no other parameters; Content-Type is '{contentType}'");
        }

        return type.MediaType?.ToLowerInvariant() switch
        {
            "application/json" => false,
            "text/csv" => true,
            _ => Refused(contentType),
        };
    }

    private static Problem Refused(string? contentType) => new(
        ProblemCode.UnsupportedMediaType, $"This predictor takes application/json and text/csv; Content-Type is '{contentType}'");

    private static void Write(Utf8JsonWriter writer, ModelAnswer answer, bool isTable)
    {
        writer.WritePropertyName("predictions");
        var (outputs, shared) = (answer.Outputs!, answer.Revision.Model);
        if (!ModelConfig.IsOnnx(shared.Model) && (outputs.Count == 1 || shared.Roles.Classifies))
        {
            // As MLflow answers of a Python model: what its predict gives, without a name. Of an ONNX model it gives every output by name.
            NaturalWriter.Write(writer, outputs, shared.Roles.Prediction);
            return;
        }

        var rows = NaturalWriter.Rows(outputs, outputs.Count);
        if (isTable && rows >= 0)
        {
            writer.WriteStartArray();
            for (var row = 0; row < rows; row++)
            {
                writer.WriteStartObject();
                for (var i = 0; i < outputs.Count; i++)
                {
                    writer.WritePropertyName(outputs.Spec(i).Name);
                    NaturalWriter.WriteLabelledRow(writer, outputs, i, row);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            return;
        }

        writer.WriteStartObject();
        for (var i = 0; i < outputs.Count; i++)
        {
            writer.WritePropertyName(outputs.Spec(i).Name);
            NaturalWriter.WriteLabelled(writer, outputs, i);
        }

        writer.WriteEndObject();
    }
}
