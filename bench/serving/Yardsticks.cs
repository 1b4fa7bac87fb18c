using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
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
    public static Task EchoAsync(int port) => RunAsync(port, request => new Answer("echo", request.Id, request.Inputs));

    /// <summary>Parses, runs the model once, writes its first output.</summary>
    public static async Task ProbeAsync(int port, string path)
    {
        using var model = OnnxModel.Load(path).OrThrow();
        await RunAsync(port, request =>
        {
            var input = request.Inputs[0];
            using var outputs = model.Run([OnnxInput.From(input.Name, input.Data, input.Shape)]).OrThrow();
            return new Answer("probe", request.Id, [new Tensor(outputs.Spec(0).Name, outputs.Shape(0).ToArray(), "FP32", outputs.Values<float>(0).ToArray())]);
        });
    }

    private static async Task RunAsync(int port, Func<Request, Answer> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, YardstickJson.Default));
        await using var app = builder.Build();
        app.MapGet("/readyz", () => "ok");
        app.MapPost("/v2/models/m/infer", (Request request) => TypedResults.Json(answer(request), YardstickJson.Default.Answer));
        await app.RunAsync();
    }
}
