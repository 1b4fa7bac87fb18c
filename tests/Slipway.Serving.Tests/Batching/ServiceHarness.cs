using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Batching;
using Slipway.Serving.Kinds;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Tests.Batching;

/// <summary>Services with a predictor of more fields than a model.</summary>
internal static class ServiceHarness
{
    /// <param name="predictor">Fields beside the model, as JSON.</param>
    /// <param name="annotations">As JSON.</param>
    public static async Task<Resource> ServeAsync(
        this ServingHost host, string name, byte[] model, string predictor = "{}", string annotations = "{}", string? format = null, string? storageUri = null)
    {
        var source = storageUri ?? $"models:/{name}/{await host.RegisterAsync(name, model)}";
        var resource = Resource.Create(InferenceServiceKind.Definition, "default", name);
        var fields = JsonNode.Parse(predictor)!.AsObject();
        fields["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = format ?? "onnx" }, ["storageUri"] = source };
        resource.Json["spec"] = new JsonObject { ["predictor"] = fields };
        resource.Metadata["annotations"] = JsonNode.Parse(annotations);
        var applied = (await host.Resources.ApplyAsync(InferenceServiceKind.Definition, resource, "test", CancellationToken.None)).OrThrow();
        return await host.UntilAsync(name, r => (long?)r.Status["observedGeneration"] == applied.Generation);
    }

    public static Lane Lane(this ServingHost host, string name) => host.Get<RouteTable>().Find("default", name)!.Stable!.Lane;

    /// <summary>Ends when the model is running for so many, and so many wait.</summary>
    public static async Task UntilAsync(this Lane lane, int running, int queued)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (lane.Running != running || lane.Queued != queued)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>A request for <see cref="Models.Slow"/>.</summary>
    public static StringContent Turns(long turns, string parameters = "{}") => Json(
        $$$"""{"parameters":{{{parameters}}},"inputs":[{"name":"turns","shape":[1],"datatype":"INT64","data":[{{{turns}}}]},{"name":"x","shape":[1,1],"datatype":"FP32","data":[7]}]}""");
}
