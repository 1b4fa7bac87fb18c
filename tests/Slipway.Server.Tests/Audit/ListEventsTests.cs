using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Audit;

public class ListEventsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Path = "/api/slipway/v1/events";

    private TestServer Server => shared.Server;

    [Fact]
    public async Task ValuesOfSecrets_AreNowhereInTheAnswer()
    {
        var (plain, coded) = ("correct-horse-battery", Convert.ToBase64String(Encoding.UTF8.GetBytes("correct-horse-battery")));
        var applied = JsonValue.Create($$"""{"kind": "Secret", "data": {"a": "{{coded}}"}, "stringData": {"b": "{{plain}}" } }""").ToJsonString();
        await Server.PostAsync(
            "/api/v1/namespaces/default/secrets",
            $$"""
            {"apiVersion": "v1", "kind": "Secret", "data": {"a": "{{coded}}"}, "stringData": {"b": "{{plain}}"},
             "metadata": {"name": "s", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": {{applied}} } } }
            """,
            HttpStatusCode.Created);
        using var deleted = await Server.Http.DeleteAsync("/api/v1/namespaces/default/secrets/s");
        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

        var answer = await Server.Http.GetStringAsync($"{Path}?limit=1000");

        var kinds = JsonNode.Parse(answer)!["items"]!.AsArray().Where(e => (string?)e!["payload"]?["kind"] == "Secret").Select(e => (string?)e!["type"]);
        Assert.Equal(["resource.added", "resource.deleted"], kinds);
        Assert.DoesNotContain(plain, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(coded, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_FollowEachOtherWithoutHolesByNext()
    {
        var seen = new List<long>();
        long after = 0;
        while ((await Server.JsonAsync(string.Create(CultureInfo.InvariantCulture, $"{Path}?after={after}&limit=2")))["items"]!.AsArray() is { Count: > 0 } page)
        {
            seen.AddRange(page.Select(e => (long)e!["sequence"]!));
            after = seen[^1];
        }

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(i => (long)i), seen);
        Assert.NotEmpty(seen);
    }

    [Fact]
    public async Task Filters_AreByTypePrefixAndNamespace()
    {
        await Server.PostAsync(
            "/api/v1/namespaces/default/configmaps", """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "f"}}""", HttpStatusCode.Created);

        var found = (await Server.JsonAsync($"{Path}?type=resource.add&namespace=default"))["items"]!.AsArray();

        Assert.All(found, e => Assert.Equal(("resource.added", "default"), ((string?)e!["type"], (string?)e["namespace"])));
        var mine = found.Single(e => (string?)e!["payload"]!["metadata"]!["name"] == "f")!;
        Assert.Equal("user:local", (string?)mine["actor"]);
        Assert.Empty((await Server.JsonAsync($"{Path}?namespace=ghost"))["items"]!.AsArray());
    }

    [Fact]
    public async Task WrongNumbers_AreAllToldAtOnce()
    {
        var problem = await Server.JsonAsync($"{Path}?after=-1&limit=1001", HttpStatusCode.BadRequest);

        Assert.Equal(["after", "limit"], problem["errors"]!.AsArray().Select(f => (string?)f!["path"]));
    }
}
