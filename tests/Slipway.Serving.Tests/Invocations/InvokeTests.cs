using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Invocations;

public sealed class InvokeTests
{
    private static readonly byte[] Matrix = OnnxWriter.Identity(OnnxType.FP32, -1, 2);

    [Theory]
    [InlineData("application/json", """{"dataframe_split":{"columns":["city","sales"],"index":[0,1],"data":[["a",1],["b",2.5]]}}""")]
    [InlineData("application/json; charset=utf-8", """{"dataframe_split":{"columns":["more","sales","city"],"data":[[0,1,"a"],[0,2.5,"b"]]}}""")]
    [InlineData("application/json", """{"dataframe_records":[{"city":"a","sales":1},{"sales":2.5,"city":"b","more":true}],"params":{}}""")]
    [InlineData("text/csv", "sales,city\r\n1,a\r\n2.5,\"b\"\r\n")]
    [InlineData("text/csv; charset=UTF-8", "city,\"sales\"\na,1\nb,2.5")]
    public async Task ATable_IsAnsweredWithRecords_ColumnsByName(string type, string body)
    {
        await using var host = await ServedAsync(Models.Once);

        Assert.Equal((200, """{"predictions":[{"prediction":1},{"prediction":2.5}]}"""), await PostAsync(host, "/invocations", type, body));
        Assert.Equal((200, """{"predictions":[{"prediction":1},{"prediction":2.5}]}"""), await PostAsync(host, "/serve/m/invocations", type, body));
    }

    [Theory]
    [InlineData("application/json", """{"dataframe_split":{"columns":["a","b"],"data":[[1,2],[3,4]]}}""", """{"predictions":[{"y":[1,2]},{"y":[3,4]}]}""")]
    [InlineData("application/json", """{"dataframe_records":[{"a":1,"b":2}]}""", """{"predictions":[{"y":[1,2]}]}""")]
    [InlineData("application/json", """{"inputs":[[1,2]]}""", """{"predictions":{"y":[[1,2]]}}""")]
    [InlineData("application/json", """{"inputs":{"x":[[1,2]]}}""", """{"predictions":{"y":[[1,2]]}}""")]
    [InlineData("application/json", """{"instances":[[1,2]]}""", """{"predictions":{"y":[[1,2]]}}""")]
    [InlineData("application/json", """{"instances":[{"x":[1,2]}]}""", """{"predictions":{"y":[[1,2]]}}""")]
    [InlineData("text/csv", "a,b\n1,2\n", """{"predictions":[{"y":[1,2]}]}""")]
    public async Task AMatrix_TakesColumnsAsTheyCome(string type, string body, string answer)
    {
        await using var host = await ServedAsync(Matrix);

        Assert.Equal((200, answer), await PostAsync(host, "/invocations", type, body));
    }

    [Theory]
    [InlineData("application/json", "{}", 400, "exactly one of")]
    [InlineData("application/json", "[]", 400, "JSON object")]
    [InlineData("application/json", "nonsense", 400, "not JSON")]
    [InlineData("application/json", """{"inputs":[[1,2]],"instances":[[1,2]]}""", 400, "instances and inputs")]
    [InlineData("application/json", """{"inputs":[[1,2]],"signature_name":"x"}""", 400, "signature_name")]
    [InlineData("application/json", """{"dataframe_split":{"columns":["a","b"],"data":[[1]]}}""", 400, "2 values")]
    [InlineData("application/json", """{"dataframe_split":[[1,2]]}""", 400, "columns and data")]
    [InlineData("application/json", """{"dataframe_split":{"columns":["a","b"],"data":[]}}""", 400, "no rows")]
    [InlineData("application/json", """{"dataframe_split":{"columns":["a","b"],"data":[[1,"x"]]}}""", 400, "FP32")]
    [InlineData("application/json", """{"dataframe_records":[1]}""", 400, "list of objects")]
    [InlineData("text/csv", "a,b\n1\n", 400, "Line 2")]
    [InlineData("text/csv", "a,b\n", 400, "row of data")]
    [InlineData("text/csv", "a,b\n1,x\n", 400, "column 'b'")]
    [InlineData("application/csv", "a,b\n1,2\n", 415, "application/json and text/csv")]
    [InlineData("application/json; charset=latin1", """{"inputs":[[1,2]]}""", 415, "UTF-8")]
    public async Task AWrongRequest_IsRefusedAsMlflowDoes(string type, string body, int status, string says)
    {
        await using var host = await ServedAsync(Matrix);

        var (actual, answer) = await PostAsync(host, "/invocations", type, body);

        Assert.Equal(status, actual);
        Assert.Equal("BAD_REQUEST", (string)JsonNode.Parse(answer)!["error_code"]!);
        Assert.Contains(says, (string)JsonNode.Parse(answer)!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingColumn_IsNamed()
    {
        await using var host = await ServedAsync(Models.Once);

        var (status, answer) = await PostAsync(host, "/invocations", "application/json", """{"dataframe_records":[{"city":"a"}]}""");

        Assert.Equal(400, status);
        Assert.Contains("Column 'sales' is missing", (string)JsonNode.Parse(answer)!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutAModelThePingFails_AndWithTwoThePathMustNameOne()
    {
        await using var host = await ServingHost.StartAsync();
        Assert.Equal(404, (int)(await host.Http.GetAsync("/ping")).StatusCode);
        Assert.Equal(404, (await PostAsync(host, "/invocations", "application/json", """{"inputs":[[1,2]]}""")).Status);

        await host.RegisterAsync("m", Matrix);
        await host.ApplyAsync("m", "models:/m/1");
        await host.ApplyAsync("n", "models:/m/1");

        foreach (var path in new[] { "/serve/m/ping", "/serve/m/health", "/serving/default/m/ping", "/serving/default/m/health" })
        {
            using var ping = await host.Http.GetAsync(path);
            Assert.Equal((200, "\n"), ((int)ping.StatusCode, await ping.Content.ReadAsStringAsync()));
            Assert.Equal(404, (int)(await host.Http.GetAsync(path.Replace("/m/", "/nobody/", StringComparison.Ordinal))).StatusCode);
        }

        foreach (var path in new[] { "/serve/m/version", "/serving/default/m/version" })
        {
            using var version = await host.Http.GetAsync(path);
            Assert.Equal(("application/json", "3.11.0"), (version.Content.Headers.ContentType!.MediaType, await version.Content.ReadAsStringAsync()));
        }

        Assert.Equal((200, """{"predictions":{"y":[[1,2]]}}"""), await PostAsync(host, "/serving/default/m/invocations", "application/json", """{"inputs":[[1,2]]}"""));
        Assert.Equal(404, (await PostAsync(host, "/serving/default/nobody/invocations", "application/json", """{"inputs":[[1,2]]}""")).Status);
        var (status, answer) = await PostAsync(host, "/invocations", "application/json", """{"inputs":[[1,2]]}""");
        Assert.Equal(400, status);
        Assert.Contains("/serve/NAME/invocations: m, n", (string)JsonNode.Parse(answer)!["message"]!, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Body)> PostAsync(ServingHost host, string path, string type, string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var response = await host.Http.PostAsync(path, content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<ServingHost> ServedAsync(byte[] model)
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", model);
        await host.ApplyAsync("m", "models:/m/1");
        return host;
    }
}
