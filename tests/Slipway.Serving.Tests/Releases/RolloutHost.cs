using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Resources;
using Slipway.Serving.Kinds;
using Slipway.Serving.Releases;

namespace Slipway.Serving.Tests.Releases;

/// <summary>What tests of rollouts do to a host again and again.</summary>
internal static class RolloutHost
{
    /// <summary>Three versions that answer recognisably (sales, twice, squared), the first of them served.</summary>
    public static async Task<ServingHost> StartAsync(string? rollout = null)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.RegisterAsync("housing", Models.Squared);
        await host.MoveAsync("housing", "champion", 1);
        await host.ApplyAsync("housing", "models:/housing@champion");
        if (rollout is not null)
        {
            await host.RollOutAsync(rollout);
            await host.ReportUntilAsync(r => r["released"] is not null);
        }

        return host;
    }

    public static async Task RollOutAsync(this ServingHost host, string spec)
    {
        var rollout = Resource.Create(ReleasesRegistration.Kind, "default", "housing");
        rollout.Json["spec"] = JsonNode.Parse(spec);
        (await host.Resources.ApplyAsync(ReleasesRegistration.Kind, rollout, "test", CancellationToken.None)).OrThrow();
    }

    public static async Task<Resource> RolloutAsync(this ServingHost host) =>
        (await host.Resources.GetAsync(ReleasesRegistration.Kind, "default", "housing", CancellationToken.None)).OrThrow();

    public static Task<JsonObject> ReportAsync(this ServingHost host) => host.JsonAsync("/api/slipway/v1/namespaces/default/rollouts/housing");

    public static async Task<JsonObject> ReportUntilAsync(this ServingHost host, Func<JsonObject, bool> expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var report = await host.ReportAsync();
            if (expected(report))
            {
                return report;
            }

            Assert.False(limit.IsCancellationRequested, report.ToJsonString());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public static async Task<(HttpStatusCode Status, JsonObject Body)> CommandAsync(this ServingHost host, string command, string? reason = null)
    {
        using var answer = await host.Http.PostAsync(
            $"/api/slipway/v1/namespaces/default/rollouts/housing/{command}", reason is null ? null : JsonContent.Create(new JsonObject { ["reason"] = reason }));
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    /// <summary>Sets annotations of the service and waits until they are acted on.</summary>
    public static async Task AnnotateAsync(this ServingHost host, params (string Name, string? Value)[] annotations)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject([.. annotations.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)a.Value))]) },
        };
        (await host.Resources.PatchAsync(
            InferenceServiceKind.Definition, "default", "housing", PatchType.Merge, patch, null, new WriteOptions("test"), CancellationToken.None)).OrThrow();
        await host.Get<Slipway.Serving.Reconciling.ServiceRouting>().RouteAsync(new("default", "housing"), CancellationToken.None);
    }

    /// <summary>Applies the service with a share by hand and annotations, and waits until it is observed.</summary>
    public static async Task<Resource> ApplyAnnotatedAsync(this ServingHost host, string storageUri, int percent, params (string Name, string? Value)[] annotations)
    {
        await host.ApplyAsync("housing", storageUri, rollout: percent);
        await host.AnnotateAsync(annotations);
        return await host.UntilAsync("housing", r => r.Status["components"]?["predictor"]?["traffic"]?[0]?["url"] is not null);
    }
}
