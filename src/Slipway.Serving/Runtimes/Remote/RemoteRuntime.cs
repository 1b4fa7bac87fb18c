using System.Text;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>
/// Models that other servers answer for (a pod, Triton, TensorFlow Serving, another Slipway). Loading one asks that server what goes in and comes
/// out; nothing is copied.
/// </summary>
internal sealed class RemoteRuntime(IObjectStore objects, OutboundHttp http, ServingOptions options, TimeProvider time) : IModelRuntime
{
    public string Name => "slipway-remote";

    public IReadOnlyList<string> Formats { get; } = [ModelFormats.Remote];

    public async Task<Result<RunnableModel>> LoadAsync(ModelToLoad model, CancellationToken cancellation)
    {
        if (!(await objects.GetBytesAsync(model.Digest, cancellation)).TryGet(out var address, out var problem)
            || !RemoteTarget.Of(new Uri(Encoding.UTF8.GetString(address))).TryGet(out var target, out problem))
        {
            return problem;
        }

        var server = new RemoteServer(http, target, TimeSpan.FromSeconds(options.RemoteSeconds), options.MaxRequestBytes, time);
        var signature = await RemoteSignature.ReadAsync(server, target, cancellation);
        if (!signature.TryGet(out var found, out problem))
        {
            server.Dispose();
            return problem;
        }

        return new RunnableModel(new RemoteModel(server, target, found), []);
    }
}

/// <summary>Keeps a remote model's address where other models' files are: a revision is told by its content, and here that is all of it.</summary>
internal sealed class RemoteModels(IObjectStore objects)
{
    public async Task<Result<string>> DescribeAsync(StorageUri.Remote remote, CancellationToken cancellation) =>
        !RemoteTarget.Of(remote.Address).TryGet(out var target, out var problem)
            ? problem
            : (await objects.PutBytesAsync(Encoding.UTF8.GetBytes(target.Model.ToString()), cancellation)).Select(kept => kept.Sha256);
}
