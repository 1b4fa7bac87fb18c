using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Kubernetes;

/// <summary>The few calls of the Kubernetes API that the backend makes. The client carries the address, the token and the trust.</summary>
internal sealed class KubeApi(HttpClient http)
{
    public Task<Result<JsonObject>> CreateAsync(string path, JsonObject resource, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, path, resource, cancel);

    /// <summary>NotFound when it is not there.</summary>
    public Task<Result<JsonObject>> GetAsync(string path, CancellationToken cancel) => SendAsync(HttpMethod.Get, path, null, cancel);

    public Task<Result<JsonObject>> DeleteAsync(string path, long? graceSeconds, CancellationToken cancel)
    {
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["propagationPolicy"] = "Background" };
        if (graceSeconds is { } grace)
        {
            options["gracePeriodSeconds"] = grace;
        }

        return SendAsync(HttpMethod.Delete, path, options, cancel);
    }

    /// <summary>A pod's log as it comes; null when there is none to be had (yet).</summary>
    public async Task<Stream?> FollowLogAsync(string path, CancellationToken cancel)
    {
        try
        {
            var response = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadAsStreamAsync(cancel);
            }

            response.Dispose();
            return null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<Result<JsonObject>> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        try
        {
            using var response = await http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            var answer = Parse(text);
            if (response.IsSuccessStatusCode)
            {
                return answer is null ? Problem.Unavailable("the Kubernetes API answered with something that is not JSON") : answer;
            }

            var words = $"the Kubernetes API answered {(int)response.StatusCode} to {method} {path}: {(string?)answer?["message"] ?? response.ReasonPhrase}";
            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => new Problem(ProblemCode.NotFound, words),
                HttpStatusCode.Conflict => Problem.Conflict(words),
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new Problem(ProblemCode.Forbidden, words),
                HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new Problem(ProblemCode.Invalid, words),
                _ => Problem.Unavailable(words),
            };
        }
        catch (HttpRequestException e)
        {
            return Problem.Unavailable($"the Kubernetes API at {http.BaseAddress} cannot be reached: {e.Message}");
        }
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
