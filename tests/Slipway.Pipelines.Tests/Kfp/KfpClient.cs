using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Pipelines.Tests.Kfp;

/// <summary>Calls of the v2beta1 API against a test host.</summary>
internal sealed class KfpClient(PipelinesHost host) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(host.Http.BaseAddress!, "/apis/v2beta1/") };

    public HttpClient Http => _http;

    public Task<JsonObject> GetAsync(string path, int status = 200) => SendAsync(HttpMethod.Get, path, null, status);

    public Task<JsonObject> PostAsync(string path, string? body = null, int status = 200) => SendAsync(HttpMethod.Post, path, body, status);

    public Task<JsonObject> PatchAsync(string path, string body, int status = 200) => SendAsync(HttpMethod.Patch, path, body, status);

    public Task<JsonObject> DeleteAsync(string path, int status = 200) => SendAsync(HttpMethod.Delete, path, null, status);

    public async Task<JsonObject> UploadAsync(string path, byte[] package, string fileName = "p.yaml", int status = 200)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(package), "uploadfile", fileName } };
        using var answer = await _http.PostAsync(path, form);
        return await ReadAsync(answer, status);
    }

    /// <summary>Answers of the list call page by page.</summary>
    public async Task<List<JsonNode>> AllAsync(string path, string member, int pageSize)
    {
        var all = new List<JsonNode>();
        var token = "";
        do
        {
            var page = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}page_size={pageSize}{(token.Length > 0 ? "&page_token=" + Uri.EscapeDataString(token) : "")}");
            all.AddRange((page[member]?.AsArray() ?? []).Select(n => n!));
            token = (string?)page["next_page_token"] ?? "";
        }
        while (token.Length > 0);
        return all;
    }

    public static string Filter(string predicates) => "filter=" + Uri.EscapeDataString($$"""{"predicates": [{{predicates}}]}""");

    public void Dispose() => _http.Dispose();

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, string? body, int status)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await _http.SendAsync(request);
        return await ReadAsync(answer, status);
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)status == answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        return (JsonObject)JsonNode.Parse(text)!;
    }
}
