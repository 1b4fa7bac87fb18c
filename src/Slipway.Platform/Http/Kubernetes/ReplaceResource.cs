using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>PUT</c> on an object or on its status.</summary>
internal static class ReplaceResource
{
    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        if (!call.ReadWriteOptions().TryGet(out var options, out var problem) || !(await call.ReadObjectAsync(options)).TryGet(out var obj, out problem))
        {
            return problem;
        }

        var store = call.Services.Store;
        var answer = call.Target.Subresource == "status"
            ? await store.UpdateStatusAsync(call.Kind, new Resource(obj), options, call.Cancellation)
            : await store.UpdateAsync(call.Kind, new Resource(obj), options, call.Cancellation);
        if (!answer.TryGet(out var resource, out problem))
        {
            return problem;
        }

        await ObjectAnswer.WriteAsync(call, resource);
        return null;
    }
}
