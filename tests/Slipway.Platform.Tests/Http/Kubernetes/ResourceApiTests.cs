using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Conformance;
using Slipway.Platform.Http.Kubernetes;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Tests.Http.Kubernetes;

public sealed class ResourceApiFixture : IAsyncLifetime
{
    public TestResourceServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestResourceServer.StartAsync(
        map: app => app.MapGet("/apis/v2beta1/{**rest}", () => Results.Text("pipelines")));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class ResourceApiTests(ResourceApiFixture fixture) : IClassFixture<ResourceApiFixture>
{
    private const string Widgets = "/apis/test.slipway.dev/v1/namespaces/default/widgets";

    private HttpClient Client => fixture.Server.Client;

    [Theory]
    [InlineData("GET", Widgets + "/none", null, null, 404, "NotFound")]
    [InlineData("GET", "/apis/test.slipway.dev/v1/namespaces/default/gadgets", null, null, 404, "NotFound")]
    [InlineData("GET", "/apis/test.slipway.dev/v1/widgets/none", null, null, 404, "NotFound")]
    [InlineData("GET", Widgets + "/%2e%2e%2fx", null, null, 404, "NotFound")]
    [InlineData("GET", Widgets + "?labelSelector=a%20b", null, null, 400, "BadRequest")]
    [InlineData("GET", Widgets + "?fieldSelector=x", null, null, 400, "BadRequest")]
    [InlineData("GET", Widgets + "?limit=x", null, null, 400, "BadRequest")]
    [InlineData("GET", Widgets + "?continue=x", null, null, 400, "BadRequest")]
    [InlineData("GET", Widgets + "?watch=1&resourceVersion=x", null, null, 400, "BadRequest")]
    [InlineData("GET", Widgets + "?watch=1&resourceVersion=999999999", null, null, 504, "Timeout")]
    [InlineData("POST", Widgets, "application/json", "{", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", "[1]", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":7}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"\ud800"}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"a"},"spec":{"size":1,"size":2}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"a","namespace":"other"}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"kind":"Depot","metadata":{"name":"a"}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"a"},"spec":{"sise":1}}""", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"../a"}}""", 422, "Invalid")]
    [InlineData("POST", Widgets, "application/json", """{"metadata":{"name":"a"},"spec":{"size":"x"}}""", 422, "Invalid")]
    [InlineData("POST", Widgets + "?dryRun=Some", "application/json", """{"metadata":{"name":"a"}}""", 422, "Invalid")]
    [InlineData("POST", Widgets, "application/yaml", "a: *b", 400, "BadRequest")]
    [InlineData("POST", Widgets, "application/yaml", "a: [", 400, "BadRequest")]
    [InlineData("POST", Widgets, "text/html", "x", 415, "UnsupportedMediaType")]
    [InlineData("POST", Widgets, "application/vnd.kubernetes.protobuf", "k8s\0\u0001", 400, "BadRequest")]
    [InlineData("POST", Widgets + "/a", "application/json", "{}", 405, "MethodNotAllowed")]
    [InlineData("POST", "/apis/test.slipway.dev/v1/namespaces/nowhere/widgets", "application/json", """{"metadata":{"name":"a"}}""", 404, "NotFound")]
    [InlineData("PUT", Widgets + "/none", "application/json", """{"metadata":{"name":"none"}}""", 404, "NotFound")]
    [InlineData("PATCH", Widgets + "/none", "application/merge-patch+json", "{}", 404, "NotFound")]
    [InlineData("PATCH", Widgets + "/none", "application/json", "{}", 415, "UnsupportedMediaType")]
    [InlineData("PATCH", Widgets + "/none", "application/apply-patch+json", "{}", 415, "UnsupportedMediaType")]
    [InlineData("PATCH", Widgets + "/none", "application/apply-patch+yaml", "{}", 422, "Invalid")]
    [InlineData("DELETE", Widgets + "/none", null, null, 404, "NotFound")]
    [InlineData("DELETE", Widgets + "/none?propagationPolicy=Sideways", null, null, 422, "Invalid")]
    [InlineData("DELETE", "/api/v1/namespaces/default", null, null, 403, "Forbidden")]
    public async Task Fault_IsAStatusWithItsCodeAndReason(string method, string path, string? type, string? body, int code, string reason)
    {
        var (status, json) = await SendAsync(method, path, type, body);

        Assert.Equal((code, reason), ((int)status, (string?)json["reason"]));
        Assert.Equal(("Status", "Failure", code), ((string?)json["kind"], (string?)json["status"], (int)json["code"]!));
        Assert.NotEmpty((string)json["message"]!);
    }

    [Fact]
    public async Task BodyOverTheLimit_Is413_AndKeepsNothing()
    {
        var (status, json) = await SendAsync("POST", Widgets, "application/json", $$$"""{"metadata":{"name":"big"},"spec":{"note":"{{{new string('x', 3 << 20)}}}"}}""");

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestEntityTooLarge"), (status, (string?)json["reason"]));
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"{Widgets}/big")).StatusCode);
    }

    [Fact]
    public async Task AcceptOfNothingWeHave_Is406()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Widgets);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.kubernetes.protobuf"));

        Assert.Equal(HttpStatusCode.NotAcceptable, (await Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task UnknownGroup_IsPlain404_AndOtherModulesRoutesWin()
    {
        var unknown = await Client.GetAsync("/apis/nobody.example/v1/things");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("404 page not found\n", await unknown.Content.ReadAsStringAsync());
        Assert.Equal("pipelines", await Client.GetStringAsync("/apis/v2beta1/runs/x"));
    }

    [Fact]
    public async Task Warn_DropsTheUnknownFieldAndSaysSoInAHeader()
    {
        using var content = new StringContent("{\"metadata\":{\"name\":\"warned\"},\"spec\":{\"sise\":1}}", Encoding.UTF8, "application/json");
        var answer = await Client.PostAsync($"{Widgets}?fieldValidation=Warn", content);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("299 - \"unknown field \\\"spec.sise\\\"\"", Assert.Single(answer.Headers.GetValues("Warning")));
    }

    [Fact]
    public async Task Yaml_WithAnchors_IsReadAsJson()
    {
        const string Yaml = "metadata: {name: from-yaml}\nspec:\n  size: 3\n  note: \"7\"\n  parts:\n  - &p {name: a, weight: 1}\n  - {<<: *p, name: b}\n";
        var (status, json) = await SendAsync("POST", Widgets, "application/yaml", Yaml);

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("""[{"name":"a","weight":1},{"name":"b","weight":1}]""", json["spec"]!["parts"]!.ToJsonString());
        Assert.Equal("7", (string?)json["spec"]!["note"]);
    }

    [Fact]
    public async Task YamlBomb_IsRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("POST", Widgets, "application/yaml", bomb.ToString())).Status);
    }

    [Fact]
    public async Task Discovery_SaysTheSame_InBothForms()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/apis");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
        var aggregated = JsonNode.Parse(await (await Client.SendAsync(request)).Content.ReadAsStringAsync())!;
        var groups = JsonNode.Parse(await Client.GetStringAsync("/apis"))!;
        var resources = JsonNode.Parse(await Client.GetStringAsync("/apis/test.slipway.dev/v1"))!;

        Assert.Equal(groups["groups"]!.AsArray().Select(g => (string?)g!["name"]), aggregated["items"]!.AsArray().Select(g => (string?)g!["metadata"]!["name"]));
        Assert.Equal(["depots", "widgets", "widgets/status"], resources["resources"]!.AsArray().Select(r => (string?)r!["name"]));
        Assert.Equal("1", (string?)JsonNode.Parse(await Client.GetStringAsync("/version"))!["major"]);
        foreach (var (_, document) in JsonNode.Parse(await Client.GetStringAsync("/openapi/v3"))!["paths"]!.AsObject())
        {
            Assert.NotNull(JsonNode.Parse(await Client.GetStringAsync((string)document!["serverRelativeURL"]!))!["components"]);
        }

        Assert.Equal("2.0", (string?)JsonNode.Parse(await Client.GetStringAsync("/openapi/v2"))!["swagger"]);
    }

    [Fact]
    public async Task Conflict_OfManagers_NamesFieldAndManagerInTheCauses()
    {
        const string Body = """{"apiVersion":"test.slipway.dev/v1","kind":"Widget","metadata":{"name":"owned"},"spec":{"size":SIZE}}""";
        var first = await SendAsync("PATCH", $"{Widgets}/owned?fieldManager=alice", PatchResource.Apply, Body.Replace("SIZE", "1", StringComparison.Ordinal));
        var (status, json) = await SendAsync("PATCH", $"{Widgets}/owned?fieldManager=bob", PatchResource.Apply, Body.Replace("SIZE", "2", StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict), (first.Status, status));
        var cause = Assert.Single(json["details"]!["causes"]!.AsArray())!;
        Assert.Equal(("FieldManagerConflict", ".spec.size"), ((string?)cause["reason"], (string?)cause["field"]));
    }

    [Fact]
    public async Task DeleteCollection_TakesTheSelectedOnly()
    {
        foreach (var name in new[] { "dc1", "dc2" })
        {
            var widget = TestResources.NewWidget(name);
            widget.Metadata["labels"] = new JsonObject { ["batch"] = name };
            (await fixture.Server.Store.CreateAsync(TestResources.Widget, widget, new WriteOptions("t"), CancellationToken.None)).OrThrow();
        }

        Assert.Equal(HttpStatusCode.OK, (await Client.DeleteAsync($"{Widgets}?labelSelector=batch%3Ddc1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"{Widgets}/dc1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"{Widgets}/dc2")).StatusCode);
    }

    [Fact]
    public async Task Authorizer_RefusesWith403_AndCanISaysNo()
    {
        await using var server = await TestResourceServer.StartAsync(configure: s => s.AddSingleton<IResourceAuthorizer, ReadOnlyAuthorizer>());
        using var body = new StringContent("""{"metadata":{"name":"a"}}""", Encoding.UTF8, "application/json");
        using var review = new StringContent("""{"spec":{"resourceAttributes":{"verb":"create","resource":"widgets"}}}""", Encoding.UTF8, "application/json");

        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(Widgets)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.Client.PostAsync(Widgets, body)).StatusCode);
        var answer = await server.Client.PostAsync("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review);
        Assert.Equal("""{"allowed":false,"denied":true,"reason":"reading only"}""", JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.ToJsonString());
    }

    private async Task<(HttpStatusCode Status, JsonNode Json)> SendAsync(string method, string path, string? type, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type!);
        }

        var answer = await Client.SendAsync(request);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private sealed class ReadOnlyAuthorizer : IResourceAuthorizer
    {
        public ValueTask<string?> RefuseAsync(HttpContext caller, ResourceAccess access) =>
            ValueTask.FromResult(access.Verb is "get" or "list" or "watch" ? null : "reading only");
    }
}
