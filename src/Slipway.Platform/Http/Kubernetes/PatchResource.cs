using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>PATCH</c> on an object or on its status; the content type says which of the four kinds of patch the body is.</summary>
internal static class PatchResource
{
    public const string Apply = "application/apply-patch+yaml";
    public const string Json = "application/json-patch+json";
    public const string Merge = "application/merge-patch+json";
    public const string Strategic = "application/strategic-merge-patch+json";

    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        PatchType? type = RequestBody.MediaTypeOf(call.Http.Request) switch
        {
            Apply => PatchType.Apply,
            Json => PatchType.Json,
            Merge => PatchType.Merge,
            Strategic => PatchType.Strategic,
            _ => null,
        };
        if (type is null)
        {
            return new Problem(
                ProblemCode.UnsupportedMediaType,
                $"the body of the request was in an unknown format - accepted media types include: {Json}, {Merge}, {Strategic}, {Apply}");
        }

        if (!call.ReadWriteOptions().TryGet(out var options, out var problem))
        {
            return problem;
        }

        if (OptionFault(call, type.Value, options) is { } fault)
        {
            return fault;
        }

        if (!(await RequestBody.ReadAsync(call.Http.Request, type == PatchType.Apply, call.Cancellation)).TryGet(out var body, out problem))
        {
            return problem;
        }

        if (body.Json is not { } patch)
        {
            return Problem.Invalid("the patch is empty");
        }

        if (call.Duplicates(body, options) is { } duplicates)
        {
            return duplicates.Problem;
        }

        return await PatchAsync(call, type.Value, patch, options);
    }

    private static Problem? OptionFault(ApiCall call, PatchType type, WriteOptions options)
    {
        if (type != PatchType.Apply)
        {
            return options.Force ? Problem.Invalid([new Fault("force", "Forbidden: may not be specified for non-apply patch")]) : null;
        }

        return string.IsNullOrEmpty(call.Query("fieldManager"))
            ? Problem.Invalid([new Fault("fieldManager", "Required value: is required for apply patch")])
            : null;
    }

    private static async Task<Problem?> PatchAsync(ApiCall call, PatchType type, JsonNode patch, WriteOptions options)
    {
        var store = call.Services.Store;
        var existed = type != PatchType.Apply || (await store.GetAsync(call.Kind, call.Namespace, call.Target.Name, call.Cancellation)).Succeeded;
        var subresource = call.Target.Subresource.Length == 0 ? null : call.Target.Subresource;
        var answer = await store.PatchAsync(call.Kind, call.Namespace, call.Target.Name, type, patch, subresource, options, call.Cancellation);
        if (!answer.TryGet(out var resource, out var problem))
        {
            return problem;
        }

        await ObjectAnswer.WriteAsync(call, resource, existed ? StatusCodes.Status200OK : StatusCodes.Status201Created);
        return null;
    }
}
