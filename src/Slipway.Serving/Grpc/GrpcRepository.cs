using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Repository;

namespace Slipway.Serving.Grpc;

/// <summary>RepositoryIndex, RepositoryModelLoad and RepositoryModelUnload.</summary>
internal sealed class GrpcRepository(ModelRepository repository)
{
    public async ValueTask<Result<IMessage>> IndexAsync(GrpcCall call, RepositoryIndexRequest request)
    {
        var index = await repository.IndexAsync(GrpcTarget.NamespaceOf(call), request.Ready, call.Cancellation);
        return index.Select<IMessage>(entries => new RepositoryIndexResponse
        {
            Models =
            {
                entries.Select(e => new RepositoryIndexResponse.Types.ModelIndex { Name = e.Name, Version = e.Version, State = e.State, Reason = e.Reason }),
            },
        });
    }

    public async ValueTask<Result<IMessage>> LoadAsync(GrpcCall call, RepositoryModelLoadRequest request)
    {
        if (request.Parameters.Count > 0)
        {
            return Problem.Invalid("parameters: a configuration or files cannot be sent along; put the model in the registry or a folder and apply an InferenceService");
        }

        var loaded = await repository.LoadAsync(GrpcTarget.NamespaceOf(call), NameOf(request.ModelName, request.RepositoryName), call.Cancellation);
        return loaded.Select<IMessage>(_ => new RepositoryModelLoadResponse());
    }

    public async ValueTask<Result<IMessage>> UnloadAsync(GrpcCall call, RepositoryModelUnloadRequest request)
    {
        var unloaded = await repository.UnloadAsync(GrpcTarget.NamespaceOf(call), NameOf(request.ModelName, request.RepositoryName), call.Cancellation);
        return unloaded.Select<IMessage>(_ => new RepositoryModelUnloadResponse());
    }

    /// <summary>KServe's own clients have the model's name in field 1, where others have the repository's.</summary>
    private static string NameOf(string model, string repository) => model.Length > 0 ? model : repository;
}
