using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>The questions behind <c>kubectl auth can-i</c> and <c>kubectl auth whoami</c>.</summary>
internal static class Reviews
{
    /// <summary>May I do this?</summary>
    public static Task AccessAsync(HttpContext http, IResourceAuthorizer? authorizer) => AnswerAsync(http, async body =>
    {
        var asked = body["spec"]?["resourceAttributes"] as JsonObject;
        var access = new ResourceAccess(
            Text(asked, "verb"), Text(asked, "group"), Text(asked, "resource"), Text(asked, "subresource"), Text(asked, "namespace"), Text(asked, "name"));
        var refusal = authorizer is null ? null : await authorizer.RefuseAsync(http, access);
        return refusal is null
            ? new JsonObject { ["allowed"] = true }
            : new JsonObject { ["allowed"] = false, ["denied"] = true, ["reason"] = refusal };
    });

    /// <summary>What may I do? Answered in full only without an authorizer, else marked incomplete: ask about one thing at a time.</summary>
    public static Task RulesAsync(HttpContext http, IResourceAuthorizer? authorizer) => AnswerAsync(http, _ => Task.FromResult(new JsonObject
    {
        ["resourceRules"] = authorizer is null
            ? new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") })
            : new JsonArray(),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") }),
        ["incomplete"] = authorizer is not null,
    }));

    /// <summary>Who am I?</summary>
    public static Task SelfAsync(HttpContext http) => AnswerAsync(http, _ => Task.FromResult(new JsonObject
    {
        ["userInfo"] = new JsonObject { ["username"] = http.User.Identity?.Name ?? CallIdentity.Current, ["groups"] = new JsonArray("system:authenticated") },
    }));

    private static async Task AnswerAsync(HttpContext http, Func<JsonObject, Task<JsonObject>> status)
    {
        var read = await RequestBody.ReadObjectAsync(http.Request, http.RequestAborted);
        if (!read.TryGet(out var body, out var problem))
        {
            await StatusAnswer.WriteAsync(http, problem, null);
        }
        else if (body.Json is not JsonObject review || review["spec"] is not (null or JsonObject))
        {
            await StatusAnswer.WriteAsync(http, Problem.Invalid("the body must be one review object with a spec"), null);
        }
        else
        {
            review["status"] = await status(review);
            await ObjectAnswer.WriteAsync(http, review, StatusCodes.Status201Created);
        }
    }

    private static string Text(JsonObject? obj, string name) => obj?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
