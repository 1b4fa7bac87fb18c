using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Slipway.Data.Tests.Versions;

public sealed class DatasetRoutesTests
{
    private const string Datasets = "/api/slipway/v1/namespaces/default/datasets";
    private const string Sales = "time,city,n,ok\n2000-01-01T00:00:00Z,Austin,1.5,true\n2000-02-01T00:00:00Z,Bryan,,false\n";

    [Fact]
    public async Task Post_NewThenSame_Is201Then200()
    {
        await using var server = await DataServer.StartAsync();
        var (created, version) = await PostAsync(server, "sales", Sales);
        var (again, same) = await PostAsync(server, "sales", Sales);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (created, again));
        Assert.Equal(version.ToJsonString(), same.ToJsonString());
        Assert.Equal(1, (int)version["version"]!);
        Assert.Equal("""{"name":"time","kind":"time","type":"TIMESTAMP WITH TIME ZONE"}""", version["columns"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Post_RaggedFile_Is400ProblemNamingTheLine()
    {
        await using var server = await DataServer.StartAsync();
        var (status, problem) = await PostAsync(server, "sales", "a,b\n1\n");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Line 2", (string)problem["detail"]!);
    }

    [Fact]
    public async Task Post_WrongContentType_Is415()
    {
        await using var server = await DataServer.StartAsync();
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PostAsync(server, "sales", Sales, "image/png")).Status);
    }

    [Fact]
    public async Task Post_TooLarge_Is413()
    {
        await using var server = await DataServer.StartAsync(maxUploadBytes: 100);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(server, "sales", Sales + Sales.Split('\n')[1] + "\n")).Status);
    }

    [Fact]
    public async Task Lists_PageByNameAndByNumber()
    {
        await using var server = await DataServer.StartAsync();
        foreach (var name in (string[])["b", "a", "c"])
        {
            await PostAsync(server, name, "x\n1\n");
            await PostAsync(server, name, "x\n2\n");
        }

        var page = await GetAsync(server, $"{Datasets}?limit=2");
        Assert.Equal(["a", "b"], page["items"]!.AsArray().Select(i => (string)i!["name"]!));
        Assert.All(page["items"]!.AsArray(), i => Assert.Equal(2, (int)i!["version"]!));
        var rest = await GetAsync(server, $"{Datasets}?limit=2&after={page["next"]}");
        Assert.Equal(["c"], rest["items"]!.AsArray().Select(i => (string)i!["name"]!));
        Assert.False(rest.ContainsKey("next"));

        var newest = await GetAsync(server, $"{Datasets}/a/versions?limit=1");
        Assert.Equal(2, (int)newest["items"]![0]!["version"]!);
        var older = await GetAsync(server, $"{Datasets}/a/versions?limit=1&before={newest["next"]}");
        Assert.Equal(1, (int)older["items"]![0]!["version"]!);
    }

    [Fact]
    public async Task Rows_PageOfChosenColumns_KeepsTypes()
    {
        await using var server = await DataServer.StartAsync();
        await PostAsync(server, "sales", Sales);
        var all = await GetAsync(server, $"{Datasets}/sales/versions/latest/rows");
        Assert.Equal(
            """{"columns":["time","city","n","ok"],"rows":[["2000-01-01T00:00:00Z","Austin",1.5,true],["2000-02-01T00:00:00Z","Bryan",null,false]]}""",
            all.ToJsonString());
        var one = await GetAsync(server, $"{Datasets}/sales/versions/1/rows?offset=1&limit=1&columns=city&timeColumn=time&until=2000-03-01");
        Assert.Equal("""{"columns":["city"],"rows":[["Bryan"]]}""", one.ToJsonString());
    }

    [Fact]
    public async Task Profile_AsJsonAndAsPage()
    {
        await using var server = await DataServer.StartAsync();
        await PostAsync(server, "sales", Sales);
        Assert.Equal(2, (long)(await GetAsync(server, $"{Datasets}/sales/versions/1/profile"))["rows"]!);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Datasets}/sales/versions/1/profile");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var page = await server.Http.SendAsync(request);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("<b>city</b>", await page.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/nothing/versions", HttpStatusCode.NotFound)]
    [InlineData("/nothing/versions/latest", HttpStatusCode.NotFound)]
    [InlineData("/nothing/versions/1/profile", HttpStatusCode.NotFound)]
    [InlineData("/sales/versions/99999999999999999999", HttpStatusCode.NotFound)]
    [InlineData("/sales/versions/1/rows?columns=x", HttpStatusCode.BadRequest)]
    [InlineData("/sales/versions/1/rows?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/sales/versions/1/rows?offset=-1", HttpStatusCode.BadRequest)]
    [InlineData("/sales/versions/1/rows?from=tomorrow&timeColumn=time", HttpStatusCode.BadRequest)]
    [InlineData("/sales/versions/1/rows?from=2000-01-01", HttpStatusCode.BadRequest)]
    [InlineData("/sales/versions/1/rows?offset=9223372036854775807", HttpStatusCode.OK)]
    [InlineData("/sales/versions?limit=x", HttpStatusCode.BadRequest)]
    [InlineData("?limit=1001", HttpStatusCode.BadRequest)]
    public async Task Get_WhatIsWrongOrMissing_IsTheCallersFault(string path, HttpStatusCode expected)
    {
        await using var server = await DataServer.StartAsync();
        await PostAsync(server, "sales", Sales);
        using var answer = await server.Http.GetAsync(Datasets + path);
        Assert.Equal(expected, answer.StatusCode);
    }

    private static async Task<(HttpStatusCode Status, JsonObject Body)> PostAsync(DataServer server, string name, string csv, string type = "text/csv")
    {
        using var content = new StringContent(csv);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var answer = await server.Http.PostAsync($"{Datasets}/{name}/versions?source=test", content);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
    }

    private static async Task<JsonObject> GetAsync(DataServer server, string path)
    {
        using var answer = await server.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
    }
}
