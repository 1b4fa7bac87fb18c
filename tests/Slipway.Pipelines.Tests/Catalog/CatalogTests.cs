using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Pipelines.Tests.Kfp;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Catalog;

public class CatalogTests
{
    public static TheoryData<DatabaseEngine> Engines => [DatabaseEngine.Sqlite, DatabaseEngine.PostgreSql];

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task UploadedPipeline_IsReadListedChangedAndDeleted(DatabaseEngine engine)
    {
        await using var host = await PipelinesHost.StartAsync(engine, null, []);
        using var kfp = new KfpClient(host);
        var tags = Uri.EscapeDataString("""{"team": "ml"}""");

        var made = await kfp.UploadAsync($"pipelines/upload?name=hello&description=says%20it&tags={tags}", TestPackages.HelloBytes);
        var id = (string)made["pipeline_id"]!;
        Assert.Equal(("hello", "hello", "says it", "default", "ml"), ((string?)made["name"], (string?)made["display_name"], (string?)made["description"], (string?)made["namespace"], (string?)made["tags"]!["team"]));
        var versions = (await kfp.GetAsync($"pipelines/{id}/versions"))["pipeline_versions"]!.AsArray();
        var first = Assert.Single(versions)!;
        Assert.Equal(("hello", "hello"), ((string?)first["name"], (string?)first["pipeline_spec"]!["pipelineInfo"]!["name"]));

        var second = await kfp.UploadAsync($"pipelines/upload_version?pipelineid={id}&name=two&display_name=Two", TestPackages.Zip("pipeline.yaml", TestPackages.HelloBytes), "p.zip");
        Assert.Equal(("two", "Two", id), ((string?)second["name"], (string?)second["display_name"], (string?)second["pipeline_id"]));
        await kfp.UploadAsync($"pipelines/upload_version?pipelineid={id}&name=two", TestPackages.HelloBytes, status: 409);
        await kfp.UploadAsync($"pipelines/upload_version?pipelineid={id}", TestPackages.TarGz("any.yaml", TestPackages.HelloBytes), "three.tar.gz");
        Assert.Equal(["hello", "two", "three.tar.gz"], (await kfp.AllAsync($"pipelines/{id}/versions?sort_by=created_at", "pipeline_versions", 1)).Select(v => (string?)v["name"]));

        await kfp.UploadAsync("pipelines/upload?name=hello", TestPackages.HelloBytes, status: 409);
        await kfp.UploadAsync("pipelines/upload?name=hello&namespace=other", TestPackages.HelloBytes);
        Assert.Equal(id, (string?)(await kfp.GetAsync("pipelines/names/hello?namespace="))["pipeline_id"]);

        var patched = await kfp.PatchAsync($"pipelines/{id}", """{"display_name": "Hello!", "tags": {"team": "ops"}}""");
        Assert.Equal(("Hello!", "says it", "ops"), ((string?)patched["display_name"], (string?)patched["description"], (string?)patched["tags"]!["team"]));
        var version = (string)second["pipeline_version_id"]!;
        Assert.Equal("Deux", (string?)(await kfp.PatchAsync($"pipelines/{id}/versions/{version}", """{"displayName": "Deux"}"""))["display_name"]);
        Assert.Equal("Deux", (string?)(await kfp.GetAsync($"pipelines/{id}/versions/{version}"))["display_name"]);

        await kfp.DeleteAsync($"pipelines/{id}/versions/{version}");
        await kfp.GetAsync($"pipelines/{id}/versions/{version}", 404);
        Assert.Contains("cascade=true", (string?)(await kfp.DeleteAsync($"pipelines/{id}", 400))["message"], StringComparison.Ordinal);
        await kfp.DeleteAsync($"pipelines/{id}?cascade=true");
        await kfp.GetAsync($"pipelines/{id}", 404);
        await kfp.GetAsync($"pipelines/{id}/versions", 404);
        Assert.Equal(1, (int?)(await kfp.GetAsync("pipelines"))["total_size"]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task List_IsFilteredSortedAndPaged(DatabaseEngine engine)
    {
        await using var host = await PipelinesHost.StartAsync(engine, null, []);
        using var kfp = new KfpClient(host);
        foreach (var n in Enumerable.Range(0, 7))
        {
            await kfp.PostAsync("pipelines", $$$"""{"display_name": "pipe {{{n}}}", "namespace": "{{{(n < 5 ? "" : "other")}}}", "tags": {"n": "{{{n % 2}}}"}}""");
        }

        async Task<string> Names(string query, int size = 2) => string.Concat((await kfp.AllAsync($"pipelines?{query}", "pipelines", size)).Select(p => ((string)p["display_name"]!)[^1]));
        Assert.Equal("0123456", await Names("sort_by=created_at"));
        Assert.Equal("6543210", await Names("sort_by=display_name%20desc", 3));
        Assert.Equal("01234", await Names("namespace=default"));
        Assert.Equal("56", await Names("namespace=other&sort_by=name"));
        Assert.Equal("3", await Names(KfpClient.Filter("""{"operation": 1, "key": "display_name", "stringValue": "pipe 3"}""")));
        Assert.Equal("012456", await Names(KfpClient.Filter("""{"operation": "NOT_EQUALS", "key": "display_name", "string_value": "pipe 3"}""")));
        Assert.Equal("0123456", await Names(KfpClient.Filter("""{"operation": 9, "key": "name", "stringValue": "PIPE"}""")));
        Assert.Equal("", await Names(KfpClient.Filter("""{"operation": 9, "key": "name", "stringValue": "pipe_"}""")));
        Assert.Equal("25", await Names(KfpClient.Filter("""{"operation": 8, "key": "name", "stringValues": {"values": ["pipe 2", "pipe 5", "pipe 9"]}}""")));
        Assert.Equal("", await Names(KfpClient.Filter("""{"operation": 8, "key": "name", "stringValues": {"values": []}}""")));
        Assert.Equal("135", await Names(KfpClient.Filter("""{"operation": 1, "key": "tags.n", "stringValue": "1"}""")));
        Assert.Equal("456", await Names(KfpClient.Filter("""{"operation": 3, "key": "name", "stringValue": "pipe 3"}""")));
        Assert.Equal("0123456", await Names(KfpClient.Filter("""{"operation": 5, "key": "created_at", "timestampValue": "2020-01-01T00:00:00Z"}""")));
        Assert.Equal("", await Names(KfpClient.Filter("""{"operation": 6, "key": "created_at", "longValue": "1577836800"}""")));
        Assert.Equal("34", await Names("namespace=default&" + KfpClient.Filter("""{"operation": 7, "key": "name", "stringValue": "pipe 5"}, {"operation": 3, "key": "name", "stringValue": "pipe 2"}""")));

        var page = await kfp.GetAsync("pipelines?page_size=3&sort_by=name%20desc&" + KfpClient.Filter("""{"operation": 9, "key": "name", "stringValue": "pipe"}"""));
        Assert.Equal((7, 3), ((int?)page["total_size"], page["pipelines"]!.AsArray().Count));
        var rest = await kfp.GetAsync($"pipelines?page_token={page["next_page_token"]}");
        Assert.Equal("pipe 3", (string?)rest["pipelines"]![0]!["name"]);
        Assert.Contains("another sort_by", (string?)(await kfp.GetAsync($"pipelines?sort_by=name&page_token={page["next_page_token"]}", 400))["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipelines?page_size=-1", "page_size")]
    [InlineData("pipelines?page_size=x", "page_size")]
    [InlineData("pipelines?page_token=!!", "page_token")]
    [InlineData("pipelines?page_token=e30", "page_token")]
    [InlineData("pipelines?sort_by=ghost", "sort_by")]
    [InlineData("pipelines?sort_by=name%20up", "sort_by")]
    [InlineData("pipelines?filter=%7B", "filter")]
    [InlineData("pipelines?filter=%7B%22predicates%22:%5B%7B%22operation%22:1,%22key%22:%22ghost%22,%22stringValue%22:%22x%22%7D%5D%7D", "ghost")]
    [InlineData("pipelines?filter=%7B%22predicates%22:%5B%7B%22operation%22:4,%22key%22:%22name%22,%22stringValue%22:%22x%22%7D%5D%7D", "operation")]
    [InlineData("pipelines?filter=%7B%22predicates%22:%5B%7B%22operation%22:8,%22key%22:%22name%22,%22stringValue%22:%22x%22%7D%5D%7D", "IN needs")]
    [InlineData("pipelines?filter=%7B%22predicates%22:%5B%7B%22operation%22:1,%22key%22:%22name%22%7D%5D%7D", "value is required")]
    [InlineData("pipelines?namespace=Not%20One", "namespace")]
    public async Task WrongQuery_IsRefusedInWords(string path, string words)
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        var answer = await kfp.GetAsync(path, 400);

        Assert.Contains(words, (string?)answer["error"], StringComparison.Ordinal);
        Assert.Equal((3, (string?)answer["error"]), ((int?)answer["code"], (string?)answer["message"]));
        Assert.Equal("type.googleapis.com/google.rpc.Status", (string?)answer["details"]![0]!["@type"]);
    }

    [Fact]
    public async Task WrongUpload_IsRefusedAndLeavesNothing()
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        await kfp.UploadAsync("pipelines/upload?name=a", Encoding.UTF8.GetBytes("just: text"), status: 400);
        await kfp.UploadAsync("pipelines/upload?name=a", [0x50, 0x4B, 3, 4, 9, 9], status: 400);
        await kfp.UploadAsync("pipelines/upload?name=a", [0x1F, 0x8B, 1], status: 400);
        await kfp.UploadAsync("pipelines/upload?name=a", TestPackages.Zip("../pipeline.yaml", TestPackages.HelloBytes), status: 400);
        await kfp.UploadAsync($"pipelines/upload?name={new string('x', 129)}", TestPackages.HelloBytes, status: 400);
        await kfp.UploadAsync("pipelines/upload?name=a&tags=%5B%5D", TestPackages.HelloBytes, status: 400);
        await kfp.UploadAsync("pipelines/upload_version?name=a", TestPackages.HelloBytes, status: 400);
        await kfp.UploadAsync("pipelines/upload_version?name=a&pipelineid=ghost", TestPackages.HelloBytes, status: 404);
        using var plain = await kfp.Http.PostAsync("pipelines/upload?name=a", new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        using var otherPart = new MultipartFormDataContent { { new ByteArrayContent(TestPackages.HelloBytes), "file", "p.yaml" } };
        using var unnamed = await kfp.Http.PostAsync("pipelines/upload?name=a", otherPart);
        Assert.Contains("uploadfile", await unnamed.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Assert.Equal(0, (int?)(await kfp.GetAsync("pipelines"))["total_size"]);
    }

    [Fact]
    public async Task PipelineAndVersion_AreMadeFromAnAddressOrASpec()
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);
        var id = (string)(await kfp.UploadAsync("pipelines/upload?name=one", TestPackages.HelloBytes))["pipeline_id"]!;
        var spec = ((await kfp.GetAsync($"pipelines/{id}/versions"))["pipeline_versions"]![0]!["pipeline_spec"]!).ToJsonString();

        var version = await kfp.PostAsync($"pipelines/{id}/versions", $$"""{"name": "inline", "pipeline_spec": {{spec}}}""");
        Assert.Equal(spec, version["pipeline_spec"]!.ToJsonString());
        var both = await kfp.PostAsync("pipelines/create", $$$"""{"pipeline": {"display_name": "both"}, "pipeline_version": {"pipeline_spec": {{{spec}}}}}""");
        Assert.Equal("both", (string?)(await kfp.GetAsync($"pipelines/{both["pipeline_id"]}/versions"))["pipeline_versions"]![0]!["name"]);

        await kfp.PostAsync($"pipelines/{id}/versions", """{"name": "x", "package_url": {"pipeline_url": "file:///etc/passwd"}}""", 400);
        await kfp.PostAsync($"pipelines/{id}/versions", $$$"""{"name": "x", "package_url": {"pipeline_url": "{{{kfp.Http.BaseAddress}}}healthz"}}""", 400);
        await kfp.PostAsync("pipelines/ghost/versions", $$"""{"name": "x", "pipeline_spec": {{spec}}}""", 404);
        await kfp.PostAsync("pipelines/create", """{"pipeline": {}}""", 400);
        var faults = (string?)(await kfp.PostAsync("pipelines", """{"display_name": 5, "namespace": "NO", "tags": {"a.b": "", "c": 1}}""", 400))["error"];
        Assert.All(["display_name", "namespace", "tags.a.b", "tags.c"], path => Assert.Contains(path, faults, StringComparison.Ordinal));
    }
}
