using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Registry.Tests;

/// <summary>Calls MLflow routes as its Python client does: POST, PATCH and DELETE with a JSON body, GET with a query.</summary>
internal sealed class MlflowSpeaker(Uri root) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = root };

    public void Dispose() => _http.Dispose();

    public Task<JsonObject> PostAsync(string path, JsonObject body) => OkAsync(HttpMethod.Post, path, body);

    public Task<JsonObject> PatchAsync(string path, JsonObject body) => OkAsync(HttpMethod.Patch, path, body);

    public Task<JsonObject> DeleteAsync(string path, JsonObject body) => OkAsync(HttpMethod.Delete, path, body);

    public Task<JsonObject> GetAsync(string path, params (string Key, string Value)[] query) => OkAsync(HttpMethod.Get, path + Query(query), null);

    /// <summary>The error that a call is answered with.</summary>
    public async Task<(int Status, string Code, string Message)> ErrorAsync(string method, string path, JsonObject? body)
    {
        var (status, answer) = await SendAsync(new HttpMethod(method), path, body);
        Assert.NotEqual(200, status);
        return (status, (string)answer["error_code"]!, (string)answer["message"]!);
    }

    public Task<(int Status, string Code, string Message)> GetErrorAsync(string path, params (string Key, string Value)[] query) => ErrorAsync("GET", path + Query(query), null);

    /// <summary>A call in another workspace, or by another user.</summary>
    public async Task<(int Status, JsonObject Answer)> SendAsync(HttpMethod method, string path, JsonObject? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await _http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
    }

    public Task CreateModelAsync(string name) => PostAsync("registered-models/create", new JsonObject { ["name"] = name });

    public async Task<JsonObject> CreateVersionAsync(string name, string source = "s3://bucket/model", string? run = null, params (string Key, string Value)[] tags)
    {
        var body = new JsonObject
        {
            ["name"] = name, ["source"] = source, ["tags"] = new JsonArray([.. tags.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value })]),
        };
        if (run is not null)
        {
            body["run_id"] = run;
        }

        return (await PostAsync("model-versions/create", body))["model_version"]!.AsObject();
    }

    private static string Query((string Key, string Value)[] query) =>
        query.Length == 0 ? "" : "?" + string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}"));

    private async Task<JsonObject> OkAsync(HttpMethod method, string path, JsonObject? body)
    {
        var (status, answer) = await SendAsync(method, path, body);
        Assert.True(status is (int)HttpStatusCode.OK or (int)HttpStatusCode.Created, $"{method} {path}: {status} {answer.ToJsonString()}");
        return answer;
    }
}
