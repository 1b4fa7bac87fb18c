using Microsoft.Extensions.Hosting;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Kinds;

namespace Slipway.Platform.Resources.Storage;

/// <summary>Makes the namespace <c>default</c> before the server answers its first request.</summary>
internal sealed class DefaultNamespace(IResourceStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var made = await store.CreateAsync(
            CoreKinds.Namespace, Resource.Create(CoreKinds.Namespace, "", CoreKinds.DefaultNamespace), new WriteOptions("slipway"), cancellationToken);
        if (!made.Succeeded && made.Problem.Code != ProblemCode.AlreadyExists)
        {
            made.OrThrow();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
