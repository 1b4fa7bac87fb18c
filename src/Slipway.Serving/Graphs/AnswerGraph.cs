using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Graphs.Domain;
using Slipway.Serving.Inference;

namespace Slipway.Serving.Graphs;

/// <summary>
/// <c>POST /serving/{ns}/{graph}</c> with a JSON body of V1 or of the Open Inference Protocol: an InferenceGraph's answer. The header
/// <c>Slipway-Graph-Steps</c> says which steps answered.
/// </summary>
internal sealed class AnswerGraph(GraphTable graphs, GraphRunner runner, GraphMetrics metrics, ServingOptions options, TimeProvider time)
{
    public const string StepsHeader = "Slipway-Graph-Steps";

    public async Task HandleAsync(HttpContext http)
    {
        var (ns, name) = (ModelPath.NamespaceOf(http), (string)http.GetRouteValue("graph")!);
        if (graphs.Find(ns, name) is not { } graph)
        {
            await OipAnswer.WriteAsync(http, Problem.NotFound($"Inference graph '{name}'"));
            return;
        }

        var started = time.GetTimestamp();
        var (answer, steps) = await AnswerAsync(http, ns, name, graph);
        metrics.OnAnswered(ns, name, answer.Status, time.GetElapsedTime(started));
        if (steps.Length > 0)
        {
            http.Response.Headers[StepsHeader] = steps;
        }

        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = answer.Body.Length;
        await http.Response.BodyWriter.WriteAsync(answer.Body, http.RequestAborted);
    }

    private async Task<(StepAnswer Answer, string Steps)> AnswerAsync(HttpContext http, string ns, string name, GraphSpec graph)
    {
        if (HopsOf(http) is var hops && hops > GraphCall.MostHops)
        {
            return (StepAnswer.Failed(StatusCodes.Status508LoopDetected, $"graph '{name}': the request has come through {GraphCall.MostHops} graphs; they call each other"), "");
        }

        var read = await RequestBody.ReadAsync(http.Request, options.MaxRequestBytes, 0, static (body, _) => Parse(body), http.RequestAborted);
        if (!read.TryGet(out var request, out var problem))
        {
            return (StepAnswer.Failed(ProblemAnswer.StatusOf(problem.Code), problem.Message), "");
        }

        var id = request.Id ?? http.Request.Headers["Ce-Id"].FirstOrDefault() ?? http.Request.Headers["X-Request-Id"].FirstOrDefault() ?? Id.New(time);

        // Steps of an ensemble read the headers at the same time, and the web server's own are not made for that.
        var headers = new HeaderDictionary(http.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
        var call = new GraphCall(ns, name, graph, id, headers, http.Request.Host.ToString(), hops);
        var answer = await LimitedAsync(call, request.Body, http.RequestAborted);
        return (answer, string.Join(", ", call.Steps.Select(Uri.EscapeDataString).Select(s => s.Replace("%2F", "/", StringComparison.Ordinal))));
    }

    private async Task<StepAnswer> LimitedAsync(GraphCall call, byte[] body, CancellationToken cancellation)
    {
        if (call.Graph.Timeout is not { } limit)
        {
            return await runner.RunAsync(call, body, cancellation);
        }

        using var late = new CancellationTokenSource(limit, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await runner.RunAsync(call, body, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return StepAnswer.Failed(
                StatusCodes.Status504GatewayTimeout, string.Create(CultureInfo.InvariantCulture, $"graph '{call.Name}' did not answer within {limit.TotalSeconds} s"));
        }
    }

    private static int HopsOf(HttpContext http) =>
        (int.TryParse(http.Request.Headers[GraphCall.HopsHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var hops) ? Math.Min(hops, 1000) : 0) + 1;

    private static Result<(byte[] Body, string? Id)> Parse(ReadOnlySpan<byte> body)
    {
        if (GraphBody.Fault(body) is { } fault)
        {
            return Problem.Invalid($"The body is not JSON: {fault}");
        }

        var bytes = body.ToArray();
        using var json = GraphBody.Open(bytes);
        return json.RootElement.ValueKind == JsonValueKind.Object
            ? (bytes, GraphBody.IdOf(json.RootElement))
            : Problem.Invalid("The body must be a JSON object");
    }
}
