using System.Buffers;
using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Engines.Onnx;

namespace Slipway.Bench.Serving;

internal sealed record Tensor(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("shape")] long[] Shape,
    [property: JsonPropertyName("datatype")] string Datatype,
    [property: JsonPropertyName("data")] float[] Data);

internal sealed record Request([property: JsonPropertyName("id")] string? Id, [property: JsonPropertyName("inputs")] Tensor[] Inputs);

internal sealed record Answer(
    [property: JsonPropertyName("model_name")] string Model,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("outputs")] Tensor[] Outputs);

[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Answer))]
internal sealed partial class YardstickJson : JsonSerializerContext;

/// <summary>What .NET gives for free: a minimal API with source-generated JSON, no validation, no metrics, no log.</summary>
internal static class Yardsticks
{
    /// <summary>Parses the request and writes it back.</summary>
    public static Task EchoAsync(int port, int readiness) => RunAsync(port, readiness, request => new Answer("echo", request.Id, request.Inputs));

    /// <summary>Parses, runs the model once, writes its first output.</summary>
    public static async Task ProbeAsync(int port, int readiness, string path)
    {
        using var model = OnnxModel.Load(path).OrThrow();
        await RunAsync(port, readiness, request =>
        {
            var input = request.Inputs[0];
            using var outputs = model.Run([OnnxInput.From(input.Name, input.Data, input.Shape)]).OrThrow();
            return new Answer("probe", request.Id, [new Tensor(outputs.Spec(0).Name, outputs.Shape(0).ToArray(), "FP32", outputs.Values<float>(0).ToArray())]);
        });
    }

    /// <summary>Sends a gRPC message back, with a status in the trailers: what HTTP/2 of this web server costs by itself.</summary>
    public static Task Http2Async(int port, int readiness) => RunAsync(port, readiness, HttpProtocols.Http2, app =>
        app.MapPost("/inference.GRPCInferenceService/ModelInfer", (RequestDelegate)(async http =>
        {
            var body = http.Request.BodyReader;
            var read = await body.ReadAsync();
            while (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                read = await body.ReadAsync();
            }

            http.Response.ContentType = "application/grpc";
            foreach (var part in read.Buffer)
            {
                http.Response.BodyWriter.Write(part.Span);
            }

            body.AdvanceTo(read.Buffer.End);
            http.Response.AppendTrailer("grpc-status", "0");
        })));

    private static Task RunAsync(int port, int readiness, Func<Request, Answer> answer) => RunAsync(port, readiness, HttpProtocols.Http1, app =>
        app.MapPost("/v2/models/m/infer", (Request request) => TypedResults.Json(answer(request), YardstickJson.Default.Answer)));

    private static async Task RunAsync(int port, int readiness, HttpProtocols protocol, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocol);
            kestrel.Listen(IPAddress.Loopback, readiness);
        });
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, YardstickJson.Default));
        await using var app = builder.Build();
        app.MapGet("/readyz", () => "ok");
        map(app);
        await app.RunAsync();
    }
}
