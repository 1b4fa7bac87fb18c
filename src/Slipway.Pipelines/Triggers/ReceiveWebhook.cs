using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Triggers.Domain;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Triggers;

/// <summary>
/// <c>POST /api/slipway/v1/namespaces/{ns}/triggers/{name}/webhook</c>: open to anyone who can sign with the trigger's secret. 202 when it is taken down, again
/// when the same delivery comes twice, of which only the first counts; 401 when the signature is wrong.
/// </summary>
internal static class ReceiveWebhook
{
    private const int MaxBytes = 512 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/slipway/v1/namespaces/{ns}/triggers/{name}/webhook", HandleAsync).Public();

    private static async Task<IResult> HandleAsync(
        string ns, string name, HttpRequest request, IResourceStore resources, KindCatalog kinds, TriggerDeliveryStore store, TimeProvider time, CancellationToken cancellation)
    {
        if (!(await resources.GetAsync(TriggerKind.Kind, ns, name, cancellation)).TryGet(out var trigger, out var problem) || Webhook(trigger) is not { } webhook)
        {
            return (problem ?? Problem.NotFound($"a webhook of trigger {name}")).ToAnswer();
        }

        if (!(await ReadAsync(request, cancellation)).TryGet(out var body, out problem)
            || !(await SecretAsync(resources, kinds, ns, webhook, cancellation)).TryGet(out var secret, out problem))
        {
            return problem.ToAnswer();
        }

        var provider = ((string?)webhook["provider"] ?? "generic") switch
        {
            "github" => WebhookProvider.GitHub,
            "gitlab" => WebhookProvider.GitLab,
            _ => WebhookProvider.Generic,
        };
        string Header(string header) => request.Headers[header].ToString();
        if (!WebhookSignature.IsGenuine(provider, secret, body, Header, time.GetUtcNow().ToUnixTimeSeconds()))
        {
            return new Problem(ProblemCode.Unauthenticated, "the delivery is not signed with the trigger's secret, or its time is off").ToAnswer();
        }

        if (!Parse(body, request.ContentType).TryGet(out var content, out problem))
        {
            return problem.ToAnswer();
        }

        var (delivery, happened) = (WebhookSignature.DeliveryKey(provider, body, Header), WebhookSignature.EventName(provider, Header));
        var payload = new JsonObject { ["provider"] = (string?)webhook["provider"] ?? "generic", ["event"] = happened, ["delivery"] = delivery, ["body"] = content };
        var received = await store.ReceiveAsync(ns, name, trigger.Uid, delivery, payload, cancellation);
        return received.ToAnswer(isNew => Results.Text(
            new JsonObject { ["delivery"] = delivery, ["duplicate"] = !isNew }.ToJsonString(), "application/json", statusCode: StatusCodes.Status202Accepted));
    }

    private static JsonObject? Webhook(Resource trigger) => (trigger.Spec["on"] as JsonArray)?.Select(on => on?["webhook"] as JsonObject).FirstOrDefault(w => w is not null);

    private static async Task<Result<byte[]>> SecretAsync(IResourceStore resources, KindCatalog kinds, string ns, JsonObject webhook, CancellationToken cancellation)
    {
        var (name, key) = ((string)webhook["secret"]!["name"]!, (string?)webhook["secret"]!["key"] ?? "secret");
        var missing = Problem.Unavailable($"the trigger's Secret {name} with the key {key} is not there: create it first");
        if (kinds.FindByKind("", "Secret") is not { } kind || !(await resources.GetAsync(kind, ns, name, cancellation)).TryGet(out var secret, out _)
            || (string?)secret.Json["data"]?[key] is not { } encoded)
        {
            return missing;
        }

        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) && length > 0 ? bytes[..length] : missing;
    }

    private static async Task<Result<byte[]>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var tooLarge = new Problem(ProblemCode.TooLarge, $"a webhook's body may have at most {MaxBytes} bytes");
        if (request.ContentLength > MaxBytes)
        {
            return tooLarge;
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        try
        {
            while (await request.Body.ReadAsync(chunk, cancellation) is var read and > 0)
            {
                if (buffer.Length + read > MaxBytes)
                {
                    return tooLarge;
                }

                buffer.Write(chunk, 0, read);
            }
        }
        catch (BadHttpRequestException exception)
        {
            return Problem.Invalid($"the request body could not be read: {exception.Message}");
        }

        return buffer.ToArray();
    }

    /// <summary>JSON, also as GitHub sends it in a form: <c>payload=...</c>.</summary>
    private static Result<JsonNode?> Parse(byte[] body, string? contentType)
    {
        try
        {
            var text = System.Text.Encoding.UTF8.GetString(body);
            if (contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
            {
                text = System.Web.HttpUtility.ParseQueryString(text)["payload"] ?? "";
            }

            if (text.Length == 0)
            {
                return (JsonNode?)null;
            }

            var node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 64, AllowDuplicateProperties = false });

            // Written once here, so that what cannot be written (half a surrogate pair) is the sender's fault and not ours later.
            _ = node?.ToJsonString();
            return node;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return Problem.Invalid($"the body is not valid JSON: {exception.Message}");
        }
    }
}
