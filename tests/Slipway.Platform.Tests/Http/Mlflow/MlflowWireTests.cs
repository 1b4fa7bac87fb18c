using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Platform.Tests.Http.Mlflow;

/// <summary>A route that says back what it read, on a real port.</summary>
public sealed class MlflowWireTests : IAsyncLifetime
{
    private readonly WebApplication _app = Build();
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"run_id": "r", "step": 5, "value": 1.5}""", """{"run_id":"r","step":5,"value":1.5,"workspace":"default"}""")]
    [InlineData("""{"runId": "r", "step": "5", "value": "NaN", "other": {}}""", """{"run_id":"r","step":5,"value":"NaN","workspace":"default"}""")]
    [InlineData("""{"run_uuid": "old", "step": 5.0, "value": "-Infinity"}""", """{"run_id":"old","step":5,"value":-1.7976931348623157E+308,"workspace":"default"}""")]
    [InlineData("""{"run_id": "r", "step": null, "names": ["a", "b"]}""", """{"run_id":"r","names":["a","b"],"workspace":"default"}""")]
    [InlineData("\"{\\\"run_id\\\": \\\"r\\\"}\"", """{"run_id":"r","workspace":"default"}""")]
    public async Task Json_IsReadWithTheLeniencyOfProtocolBuffers(string body, string expected)
    {
        var (status, text) = await PostAsync(body);
        Assert.Equal((HttpStatusCode.OK, expected), (status, text));
    }

    [Fact]
    public async Task AQuery_ReadsAsABodyDoes()
    {
        Assert.Equal(
            """{"run_id":"r","step":7,"names":["a","b"],"workspace":"default"}""", await _http.GetStringAsync("/ajax-api/2.0/mlflow/echo?run_id=r&step=7&names=a&names=b"));
        var wrong = await _http.GetAsync("/api/2.0/mlflow/echo?run_id=r&flag=maybe");
        Assert.Equal(
            """{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid boolean value: maybe, must be 'true' or 'false'."}""", await wrong.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("{}", "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.")]
    [InlineData("""{"run_id": ""}""", "Missing value for required parameter 'run_id'. See the API docs")]
    [InlineData("""{"run_id": 123}""", "Invalid value 123 for parameter 'run_id' supplied:  Hint: Value was of type 'int'. See the API docs")]
    [InlineData("""{"run_id": "r", "step": "x"}""", "Invalid value \\\"x\\\" for parameter 'step' supplied:  Hint: Value was of type 'str'.")]
    [InlineData("""{"run_id": "r", "step": 1.5}""", "Invalid value 1.5 for parameter 'step' supplied:  Hint: Value was of type 'float'.")]
    [InlineData("""{"run_id": "r", "step": 1e300}""", "Invalid value 1e300 for parameter 'step' supplied:  Hint: Value was of type 'float'.")]
    [InlineData("""{"run_id": "r", "names": "x"}""", "Invalid value \\\"x\\\" for parameter 'names' supplied:  Hint: Value was of type 'str'.")]
    [InlineData("""{"run_id": "r", "names": [1]}""", "Invalid value [1] for parameter 'names' supplied")]
    [InlineData("""{"run_id": "r", "items": [{"key": "a"}, {}]}""", "Missing value for required parameter 'items[1].key'.")]
    [InlineData("""{"run_id": "r", "items": [3]}""", "Invalid value [3] for parameter 'items' supplied")]
    [InlineData("""{"run_id": "r", "max_results": 60000}""", "Invalid value 60000 for parameter 'max_results' supplied. It must be at most 50000")]
    [InlineData("""{"run_id": "r", "max_results": 0}""", "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer")]
    [InlineData("""{"run_id": "\ud800"}""", "half of a surrogate pair")]
    [InlineData("""{"run_id": "a\u0000"}""", "NUL")]
    public async Task AFieldThatIsMissingOrWrong_IsToldInMlflowsWords(string body, string words)
    {
        var (status, text) = await PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("""{"error_code":"INVALID_PARAMETER_VALUE","message":""", text, StringComparison.Ordinal);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("\"x\"")]
    [InlineData("\"\\ud800\"")]
    public async Task ABodyThatIsNoJsonObject_IsABadRequest(string body)
    {
        var (status, text) = await PostAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("BAD_REQUEST", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABodyOfAnotherTypeOrTooLarge_IsRefused()
    {
        using var plain = new StringContent("{}", Encoding.UTF8, "text/plain");
        var answer = await _http.PostAsync("/api/2.0/mlflow/echo", plain);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Content-Type must be one of ['application/json']", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var (status, _) = await PostAsync($$"""{"run_id": "{{new string('x', 2000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Theory]
    [InlineData("team-a", HttpStatusCode.OK)]
    [InlineData("Team A", HttpStatusCode.BadRequest)]
    [InlineData("../x", HttpStatusCode.BadRequest)]
    public async Task TheHeader_ChoosesTheWorkspace(string name, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/2.0/mlflow/echo?run_id=r");
        request.Headers.Add(MlflowWorkspace.Header, name);
        var answer = await _http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK, (await answer.Content.ReadAsStringAsync()).Contains("\"workspace\":\"team-a\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ProblemCode.NotFound, null, "RESOURCE_DOES_NOT_EXIST", 404)]
    [InlineData(ProblemCode.AlreadyExists, null, "RESOURCE_ALREADY_EXISTS", 400)]
    [InlineData(ProblemCode.Invalid, null, "INVALID_PARAMETER_VALUE", 400)]
    [InlineData(ProblemCode.Invalid, MlflowCode.InvalidState, "INVALID_STATE", 500)]
    [InlineData(ProblemCode.Forbidden, null, "PERMISSION_DENIED", 403)]
    [InlineData(ProblemCode.Conflict, null, "RESOURCE_CONFLICT", 409)]
    [InlineData(ProblemCode.Exhausted, null, "REQUEST_LIMIT_EXCEEDED", 429)]
    [InlineData(ProblemCode.Unsupported, null, "NOT_IMPLEMENTED", 501)]
    [InlineData(ProblemCode.Unavailable, null, "TEMPORARILY_UNAVAILABLE", 503)]
    public void AProblem_HasMlflowsCodeAndStatus(ProblemCode code, string? reason, string expected, int status)
    {
        var problem = new Problem(code, "m") { Reason = reason };
        Assert.Equal((expected, status), (MlflowCode.Of(problem), MlflowCode.StatusOf(problem)));
    }

    [Theory]
    [InlineData("loss", true)]
    [InlineData("val/loss: a-b.c", true)]
    [InlineData("größe", true)]
    [InlineData("", false)]
    [InlineData("/loss", false)]
    [InlineData("../loss", false)]
    [InlineData("a//b", false)]
    [InlineData("a/./b", false)]
    [InlineData("a/", false)]
    [InlineData("a?", false)]
    public void AKey_IsANormalRelativePathOfOrdinaryCharacters(string key, bool fine) => Assert.Equal(fine, MlflowNames.Key(key, "key") is null);

    [Theory]
    [InlineData("champion", true)]
    [InlineData("Latest", false)]
    [InlineData("v12", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    public void AnAlias_IsAPlainWordThatIsNotReserved(string alias, bool fine) => Assert.Equal(fine, MlflowNames.Alias(alias) is null);

    [Fact]
    public void PageTokens_ComeBackAsTheyWent()
    {
        Assert.Equal(new PagePlace(0, null), MlflowPages.Read(null).Value);
        Assert.Equal(new PagePlace(20, null), MlflowPages.Read(MlflowPages.Token(20)).Value);
        Assert.Equal(new PagePlace(20, "a\"b"), MlflowPages.Read(MlflowPages.Token(20, "a\"b")).Value);
        Assert.Equal(ProblemCode.Invalid, MlflowPages.Read("nonsense").Problem!.Code);
        Assert.Equal(ProblemCode.Invalid, MlflowPages.Read(Convert.ToBase64String("{\"offset\": -1}"u8)).Problem!.Code);
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.UseAjaxPrefix();
        app.UseRouting();
        app.MapMlflow("POST", "2.0/mlflow/echo", EchoAsync, mostBytes: 1000);
        app.MapMlflow("GET", "2.0/mlflow/echo", EchoAsync);
        return app;
    }

    private static Task<Result<MlflowReply>> EchoAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (runId, step, value, names) = (fields.RequiredRunId(), fields.Int64("step"), fields.Double("value"), fields.Texts("names"));
        _ = fields.Count("max_results", 10, 1, 50_000);
        _ = fields.Flag("flag");
        _ = fields.Objects("items").Select(i => i.Required("key")).ToArray();
        return Task.FromResult<Result<MlflowReply>>(fields.Problem ?? Result.From(MlflowReply.Object(writer =>
        {
            writer.WriteSet("run_id", runId);
            writer.WriteSet("step", step);
            if (value is { } number)
            {
                writer.WriteDouble("value", number);
            }

            if (names.Count > 0)
            {
                writer.WriteStartArray("names");
                foreach (var name in names)
                {
                    writer.WriteStringValue(name);
                }

                writer.WriteEndArray();
            }

            writer.WriteString("workspace", call.Namespace);
        })));
    }

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await _http.PostAsync("/api/2.0/mlflow/echo", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
