using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Tracking.Tests;

/// <summary>Calls MLflow's REST API with JSON written down as its clients send it.</summary>
internal sealed class MlflowCaller(Uri server) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server };

    /// <summary>The answer's JSON; a status other than 200 fails the test.</summary>
    public Task<JsonNode> PostAsync(string path, string body, string? workspace = null) => OkAsync(HttpMethod.Post, path, body, workspace);

    public Task<JsonNode> GetAsync(string path, string? workspace = null) => OkAsync(HttpMethod.Get, path, null, workspace);

    public async Task<JsonNode> OkAsync(HttpMethod method, string path, string? body = null, string? workspace = null)
    {
        var (status, text) = await SendAsync(method, path, body, workspace);
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, $"{method} {path} {body}: {(int)status} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Expects a refusal: its status, code, and words that its message holds.</summary>
    public async Task RefusedAsync(string path, string? body, int status, string code, string words)
    {
        var (got, text) = await SendAsync(body is null ? HttpMethod.Get : HttpMethod.Post, path, body);
        var error = JsonNode.Parse(text)!;
        Assert.Equal((status, code), ((int)got, (string?)error["error_code"]));
        Assert.Contains(words, (string?)error["message"], StringComparison.Ordinal);
    }

    public async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string path, string? body = null, string? workspace = null)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/api/2.0/mlflow/{path}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (workspace is not null)
        {
            request.Headers.Add(MlflowWorkspace.Header, workspace);
        }

        using var answer = await _http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<string> ExperimentAsync(string name, string? workspace = null) =>
        (string)(await PostAsync("experiments/create", $$"""{"name": {{JsonSerializer.Serialize(name)}}}""", workspace))["experiment_id"]!;

    /// <param name="more">Further members of the request: <c>"run_name": "a"</c>.</param>
    public async Task<string> RunAsync(string experiment, string more = "\"start_time\": 1", string? workspace = null) =>
        (string)(await PostAsync("runs/create", $$"""{"experiment_id": "{{experiment}}", {{more}}}""", workspace))["run"]!["info"]!["run_id"]!;

    public Task LogAsync(string run, string more) => PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", {{more}}}""");

    public void Dispose() => _http.Dispose();
}
