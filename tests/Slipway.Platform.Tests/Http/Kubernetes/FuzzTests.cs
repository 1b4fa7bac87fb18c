using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Conformance;
using Slipway.Platform.Http.Kubernetes;
using Slipway.Platform.Resources.Patches;
using Slipway.Platform.Tests.Resources;

namespace Slipway.Platform.Tests.Http.Kubernetes;

/// <summary>Whatever is sent to whatever path, the fault is the caller's: no answer is a 500.</summary>
public sealed class FuzzTests(ResourceApiFixture fixture) : IClassFixture<ResourceApiFixture>
{
    private static readonly string[] Paths =
    [
        "/api/v1/namespaces", "/api/v1/namespaces/default", "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/secrets/a", "/api/v1/namespaces/default/events",
        "/apis/test.slipway.dev/v1/namespaces/default/widgets", "/apis/test.slipway.dev/v1/namespaces/default/widgets/a", "/apis/test.slipway.dev/v1/namespaces/default/widgets/a/status",
        "/apis/test.slipway.dev/v1/depots/%00", "/apis/test.slipway.dev/v1/widgets", "/apis/test.slipway.dev/v1//x", "/apis/test.slipway.dev/v1/depots/a/b/c/d/e/f",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "/openapi/v3/x", "/apis/x", "/version",
    ];

    private static readonly string[] Queries =
    [
        "", "limit=-1", "limit=1&continue=WzEsImEiLCJiIl0", "labelSelector=a%3Db,c%20in%20(", "fieldSelector=metadata.name%3D%00", "watch=1&timeoutSeconds=1&resourceVersion=1",
        "fieldManager=x&force=true", "dryRun=All", "fieldValidation=Ignore", "propagationPolicy=Foreground", "resourceVersion=1&resourceVersionMatch=Exact", "gracePeriodSeconds=x",
    ];

    private static readonly string[] Types =
        ["application/json", "application/yaml", PatchResource.Apply, PatchResource.Json, PatchResource.Merge, PatchResource.Strategic, ProtobufBody.MediaType];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    private readonly Dictionary<int, int> _seen = [];

    [Fact]
    public void AnyRequest_IsNever500()
    {
        var requests =
            from method in Gen.Elements(Methods)
            from path in Gen.Elements(Paths)
            from query in Gen.Elements(Queries)
            from type in Gen.Elements(Types)
            from body in Gen.OneOf(
                Arbitraries.Json().Generator.Select(j => j?.ToJsonString() ?? "null"),
                Arbitraries.Object().Generator.Select(Nearly),
                Gen.Elements("", "{", "\0", "k8s\0\n\u0003\n\u0001a", "- a\n- b", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "[{\"op\":\"add\",\"path\":\"/metadata\",\"value\":1}]"))
            select (method, path, query, type, body);
        Prop.ForAll(requests.ToArbitrary(), r => SendAsync(r.method, r.path, r.query, r.type, r.body).GetAwaiter().GetResult() is var code && Count(code) < 500)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(600));

        // The fuzzing is only worth something while it reaches both sides: requests that succeed and faults of several kinds.
        Assert.Superset(new HashSet<int> { 200, 400, 404, 405, 415, 422 }, _seen.Keys.ToHashSet());
    }

    /// <summary>An object that is right but for a random part, so that the faults lie deeper than the outline.</summary>
    private static string Nearly(JsonObject random)
    {
        var widget = TestResources.NewWidget("a").Json;
        widget["metadata"]!["resourceVersion"] = "1";
        return MergePatch.Apply(widget, random)!.ToJsonString();
    }

    private int Count(int code)
    {
        _seen[code] = _seen.GetValueOrDefault(code) + 1;
        return code;
    }

    private async Task<int> SendAsync(string method, string path, string query, string type, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?{query}");
        if (method is not ("GET" or "HEAD"))
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        }

        using var answer = await fixture.Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        // 504 is the answer to a version from the future, which is asked for on purpose.
        return (int)answer.StatusCode == 504 ? 404 : (int)answer.StatusCode;
    }
}
