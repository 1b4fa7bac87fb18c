using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Contracts.Registry.Wire;

namespace Slipway.Registry.Tests;

public class RegistryHttpTests
{
    [Fact]
    public async Task EveryRoute_HasAPermission()
    {
        await using var host = await RegistryHost.StartAsync();
        Assert.NotEmpty(host.Routes);
        Assert.All(host.Routes, r => Assert.Matches(@"\A(models|webhooks)\.(read|write|promote|approve|govern)\z", RegistryHost.PermissionOf(r)));
    }

    [Fact]
    public async Task Models_ArePagedByName()
    {
        await using var host = await RegistryHost.StartAsync();
        foreach (var name in new[] { "c", "a", "b" })
        {
            await host.AddAsync(name);
        }

        await host.Registry.SetAliasAsync("default", "b", "champion", 1, "ada", "", default);
        var first = await host.Http.GetFromJsonAsync("models?limit=2", RegistryJson.Default.ModelPage);
        Assert.Equal(["a", "b"], first!.Items.Select(m => m.Name));
        Assert.Equal(1, first.Items[1].Aliases["champion"]);
        var second = await host.Http.GetFromJsonAsync($"models?limit=2&after={first.Next}", RegistryJson.Default.ModelPage);
        Assert.Equal(["c"], second!.Items.Select(m => m.Name));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Model_ShowsVersionsNewestFirstAndAliases()
    {
        await using var host = await RegistryHost.StartAsync();
        await host.AddAsync("my model");
        await host.AddAsync("my model");
        using var put = await host.Http.PutAsJsonAsync("models/my%20model/aliases/champion", new { version = 2, reason = "better" });
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var model = await host.Http.GetFromJsonAsync("models/my%20model", RegistryJson.Default.ModelDetail);
        Assert.Equal([2, 1], model!.Versions.Select(v => v.Version));
        Assert.Equal(2, model.Model.LatestVersion);
        Assert.Equal("better", Assert.Single(model.Aliases).Reason);
        var version = await host.Http.GetFromJsonAsync("models/my%20model/versions/1", RegistryJson.Default.ModelVersion);
        Assert.Equal("ada", version!.Author);
    }

    [Fact]
    public async Task Aliases_AreSetRemovedAndRemembered()
    {
        await using var host = await RegistryHost.StartAsync();
        await host.AddAsync();
        using var put = await host.Http.PutAsJsonAsync("models/housing/aliases/champion", new { version = 1, reason = "r1" });
        using var delete = await host.Http.DeleteAsync(new Uri("models/housing/aliases/champion?reason=r2", UriKind.Relative));
        using var again = await host.Http.DeleteAsync(new Uri("models/housing/aliases/champion", UriKind.Relative));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], [put.StatusCode, delete.StatusCode, again.StatusCode]);
        var history = await host.Http.GetFromJsonAsync("models/housing/alias-history", RegistryJson.Default.AliasHistory);
        Assert.Equal([(1, "r1"), (null, "r2")], history!.Assignments.Select(a => (a.Version, a.Reason)));
    }

    [Fact]
    public async Task LineageAndComparison_TellWhereVersionsCameFrom()
    {
        await using var host = await RegistryHost.StartAsync();
        await host.AddAsync();
        await host.AddAsync(parent: 1);
        await host.AddAsync(parent: 2);
        await host.Registry.SetAliasAsync("default", "housing", "champion", 3, "ada", "", default);
        var lineage = await host.Http.GetFromJsonAsync("models/housing/versions/3/lineage", RegistryJson.Default.VersionLineage);
        Assert.Equal([2, 1], lineage!.Ancestors);
        Assert.Equal("champion", Assert.Single(lineage.Aliases).Alias);
        Assert.Equal(["sha-of-data"], lineage.Lineage.Datasets);
        var comparison = await host.Http.GetFromJsonAsync("models/housing/compare?left=1&right=3", RegistryJson.Default.VersionComparison);
        Assert.True(comparison!.SameSignature);
        Assert.False(comparison.SameArtifact);
    }

    [Fact]
    public async Task Artifact_ComesBackByteForByteWithItsDigest()
    {
        await using var host = await RegistryHost.StartAsync();
        var bytes = RandomNumberGenerator.GetBytes(300_000);
        await host.AddAsync("häuser", bytes: bytes);
        using var answer = await host.Http.GetAsync(new Uri("models/h%C3%A4user/versions/1/artifact", UriKind.Relative));
        Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(bytes.Length, answer.Content.Headers.ContentLength);
        var tag = answer.Headers.ETag!.ToString();
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"", tag);
        using var cached = new HttpRequestMessage(HttpMethod.Get, "models/h%C3%A4user/versions/1/artifact") { Headers = { { "If-None-Match", tag } } };
        using var unchanged = await host.Http.SendAsync(cached);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Theory]
    [InlineData("GET", "models?limit=0", null, 400)]
    [InlineData("GET", "models?limit=x", null, 400)]
    [InlineData("GET", "models/none", null, 404)]
    [InlineData("GET", "models/%2e%2e%2fx", null, 400)]
    [InlineData("GET", "models/a%01b", null, 400)]
    [InlineData("GET", "models/housing/versions/0", null, 400)]
    [InlineData("GET", "models/housing/versions/two", null, 400)]
    [InlineData("GET", "models/housing/versions/2", null, 404)]
    [InlineData("GET", "models/housing/versions/2/artifact", null, 404)]
    [InlineData("GET", "models/housing/versions/x/lineage", null, 400)]
    [InlineData("GET", "models/housing/compare?left=1", null, 400)]
    [InlineData("GET", "models/none/alias-history", null, 404)]
    [InlineData("PUT", "models/housing/aliases/champion", "", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "[]", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{\"version\":\"one\"}", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{\"version\":1e99}", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{\"version\":1,\"reason\":\"a\\u0000\"}", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{\"version\":1,\"reason\":\"\\ud800\"}", 400)]
    [InlineData("PUT", "models/housing/aliases/champion", "{\"version\":7}", 404)]
    [InlineData("PUT", "models/housing/aliases/latest", "{\"version\":1}", 400)]
    [InlineData("DELETE", "models/none/aliases/champion", null, 404)]
    [InlineData("DELETE", "models/housing/aliases/v1", null, 400)]
    public async Task BadInput_IsTheCallersFaultAndSaysSo(string method, string path, string? body, int status)
    {
        await using var host = await RegistryHost.StartAsync();
        await host.AddAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using var answer = await host.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
    }
}
