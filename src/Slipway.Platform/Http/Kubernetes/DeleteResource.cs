using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>DELETE</c> on an object or on a collection. DeleteOptions come in the query, in the body, or not at all.</summary>
internal static class DeleteResource
{
    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        if (!(await ReadOptionsAsync(call)).TryGet(out var options, out var problem))
        {
            return problem;
        }

        var answer = await call.Services.Store.DeleteAsync(call.Kind, call.Namespace, call.Target.Name, options, call.Cancellation);
        if (!answer.TryGet(out var resource, out problem))
        {
            return problem;
        }

        // An object that still has to wait for its finalizers is answered as it stands; one that is gone, by a Status.
        await ObjectAnswer.WriteAsync(
            call.Http, resource.IsDeleting ? resource.Json : StatusAnswer.Success(call.Target, resource.Name, resource.Uid));
        return null;
    }

    public static async Task<Problem?> RunCollectionAsync(ApiCall call)
    {
        if (!(await ReadOptionsAsync(call)).TryGet(out var options, out var problem) || !call.ReadListQuery().TryGet(out var query, out problem))
        {
            return problem;
        }

        if (!(await call.Services.Store.ListAsync(call.Kind, query, call.Cancellation)).TryGet(out var list, out problem))
        {
            return problem;
        }

        var items = new JsonArray();
        foreach (var resource in list.Items)
        {
            var one = options with { PreconditionUid = resource.Uid };
            var answer = await call.Services.Store.DeleteAsync(call.Kind, resource.Namespace, resource.Name, one, call.Cancellation);
            if (answer.TryGet(out var gone, out var failure))
            {
                items.Add(gone.Json);
            }
            else if (failure.Code is not (ProblemCode.NotFound or ProblemCode.Conflict))
            {
                return failure;
            }
        }

        await ObjectAnswer.WriteAsync(call.Http, new JsonObject
        {
            ["kind"] = $"{call.Kind.Kind}List",
            ["apiVersion"] = call.Kind.ApiVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = list.ResourceVersion },
            ["items"] = items,
        });
        return null;
    }

    private static async Task<Result<DeleteOptions>> ReadOptionsAsync(ApiCall call)
    {
        if (!(await RequestBody.ReadObjectAsync(call.Http.Request, call.Cancellation)).TryGet(out var read, out var problem))
        {
            return problem;
        }

        if (read.Json is not (null or JsonObject))
        {
            return Problem.Invalid("the body of a DELETE is a DeleteOptions object, or empty");
        }

        var body = read.Json as JsonObject ?? [];
        var policy = call.Query("propagationPolicy") is { Length: > 0 } given ? given : TextOf(body, "propagationPolicy");
        var orphan = call.Query("orphanDependents") ?? body["orphanDependents"]?.ToString();
        DeletionPropagation? propagation = policy switch
        {
            null or "" => orphan == "true" ? DeletionPropagation.Orphan : DeletionPropagation.Background,
            "Background" => DeletionPropagation.Background,
            "Foreground" => DeletionPropagation.Foreground,
            "Orphan" => DeletionPropagation.Orphan,
            _ => null,
        };
        if (propagation is null)
        {
            return Problem.Invalid([new Fault("propagationPolicy", $"Unsupported value: \"{policy}\": supported values: \"Background\", \"Foreground\", \"Orphan\"")]);
        }

        if (GraceFault(call, body) is { } fault || (fault = call.ReadDryRun()) is not null)
        {
            return fault;
        }

        var conditions = body["preconditions"] as JsonObject;
        var dryRun = call.Query("dryRun") == "All" || (body["dryRun"] is JsonArray list && list.Any(v => v?.ToString() == "All"));
        return new DeleteOptions(call.FieldManager(), propagation.Value, dryRun)
        {
            PreconditionUid = TextOf(conditions, "uid"), PreconditionResourceVersion = TextOf(conditions, "resourceVersion"),
        };
    }

    private static Problem? GraceFault(ApiCall call, JsonObject body)
    {
        var text = call.Query("gracePeriodSeconds") ?? body["gracePeriodSeconds"]?.ToJsonString();
        return text is null || long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? null
            : Problem.Invalid([new Fault("gracePeriodSeconds", $"must be a number of seconds, not '{text}'")]);
    }

    private static string? TextOf(JsonObject? obj, string name) => obj?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
