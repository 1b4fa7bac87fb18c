using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>
/// <c>GET</c> and <c>POST /graphql</c> {query, variables, operationName} -> {data, errors}, as MLflow's web pages ask. Every field at the root is an
/// operation of the REST API that only reads; the answer is cut down to what the query names.
/// </summary>
public static class MlflowGraph
{
    public static IEndpointConventionBuilder MapMlflowGraph(this IEndpointRouteBuilder routes) => routes.MapMethods("/graphql", ["GET", "POST"], (RequestDelegate)HandleAsync);

    private static async Task HandleAsync(HttpContext http)
    {
        if (!MlflowWorkspace.Of(http.Request).TryGet(out var ns, out var problem)
            || !(await MlflowRequest.ReadAsync(http.Request, MlflowRoutes.MostBytes, http.RequestAborted)).TryGet(out var request, out problem))
        {
            await MlflowAnswer.WriteAsync(http, problem);
            return;
        }

        using (request)
        {
            var fields = request.Fields;
            var (query, name) = (fields.Required("query"), fields.Text("operationName"));
            var variables = fields.Json("variables");
            if (fields.Problem is { } bad)
            {
                await MlflowAnswer.WriteAsync(http, bad);
                return;
            }

            var data = new ArrayBufferWriter<byte>(1024);
            IReadOnlyList<string> errors;
            using (var writer = new Utf8JsonWriter(data, MlflowJson.Options))
            {
                errors = await RunAsync(http, ns, query, name, Parsed(variables), writer, data);
            }

            await MlflowJson.SendAsync(http, StatusCodes.Status200OK, writer =>
            {
                writer.WritePropertyName("data");
                if (data.WrittenCount > 0)
                {
                    writer.WriteRawValue(data.WrittenSpan, skipInputValidation: true);
                }
                else
                {
                    writer.WriteNullValue();
                }

                WriteErrors(writer, errors);
            });
        }
    }

    private static void WriteErrors(Utf8JsonWriter writer, IReadOnlyList<string> errors)
    {
        if (errors.Count == 0)
        {
            writer.WriteNull("errors");
            return;
        }

        writer.WriteStartArray("errors");
        foreach (var error in errors)
        {
            writer.WriteStringValue(error);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes the data, or nothing when the query cannot be run at all.</summary>
    private static async Task<IReadOnlyList<string>> RunAsync(
        HttpContext http, string ns, string query, string? name, JsonElement? given, Utf8JsonWriter writer, ArrayBufferWriter<byte> data)
    {
        GraphOperation operation;
        GraphVariables variables;
        IReadOnlyList<GraphPlannedRoot> roots;
        try
        {
            var document = GraphParser.Parse(query);
            GraphLimits.Check(document);
            operation = Chosen(document, name);
            variables = new GraphVariables(operation, given);
            (roots, var wrong) = GraphPlan.Make(document, operation, variables);
            if (wrong.Count > 0)
            {
                return wrong;
            }
        }
        catch (GraphException e)
        {
            return [e.Message];
        }

        var answer = new GraphAnswer(http, ns, variables, writer);
        try
        {
            await answer.WriteAsync(roots, operation.Kind);
        }
        catch (GraphException e)
        {
            writer.Reset();
            data.ResetWrittenCount();
            return [e.Message];
        }

        return answer.Errors;
    }

    private static GraphOperation Chosen(GraphDocument document, string? name)
    {
        var operation = string.IsNullOrEmpty(name)
            ? document.Operations.Count == 1 ? document.Operations[0] : throw new GraphException("Must provide operation name if query contains multiple operations.")
            : document.Operations.FirstOrDefault(o => o.Name == name) ?? throw new GraphException($"Unknown operation named '{name}'.");
        return operation.Kind == "subscription" ? throw new GraphException("This server has no subscriptions.") : operation;
    }

    // In a query string they are JSON inside a text.
    private static JsonElement? Parsed(JsonElement? variables)
    {
        if (variables is not { ValueKind: JsonValueKind.String } text)
        {
            return variables;
        }

        try
        {
            using var document = JsonDocument.Parse(text.GetString()!);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
