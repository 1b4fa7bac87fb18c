using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>POST</c> on a collection.</summary>
internal static class CreateResource
{
    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        if (!call.ReadWriteOptions().TryGet(out var options, out var problem) || !(await call.ReadObjectAsync(options)).TryGet(out var obj, out problem))
        {
            return problem;
        }

        var made = await call.Services.Store.CreateAsync(call.Kind, new Resource(obj), options, call.Cancellation);
        if (!made.TryGet(out var resource, out problem))
        {
            return problem;
        }

        await ObjectAnswer.WriteAsync(call, resource, StatusCodes.Status201Created);
        return null;
    }
}
