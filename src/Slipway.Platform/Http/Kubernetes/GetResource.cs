using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>GET</c> on an object, or on its status.</summary>
internal static class GetResource
{
    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        var found = await call.Services.Store.GetAsync(call.Kind, call.Namespace, call.Target.Name, call.Cancellation);
        if (!found.TryGet(out var resource, out var problem))
        {
            return problem;
        }

        await ObjectAnswer.WriteAsync(call, resource);
        return null;
    }
}
