using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Repository;
using Parameter = Slipway.Serving.Grpc.Messages.ModelRepositoryParameter.ParameterChoiceOneofCase;

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
        var parameters = new LoadParameters();
        foreach (var (name, value) in request.Parameters)
        {
            if (Add(parameters, name, value) is { } problem)
            {
                return problem;
            }
        }

        var loaded = await repository.LoadAsync(GrpcTarget.NamespaceOf(call), NameOf(request.ModelName, request.RepositoryName), parameters, call.Cancellation);
        return loaded.Select<IMessage>(_ => new RepositoryModelLoadResponse());
    }

    public async ValueTask<Result<IMessage>> UnloadAsync(GrpcCall call, RepositoryModelUnloadRequest request)
    {
        foreach (var (name, value) in request.Parameters)
        {
            if (ModelRepository.RefuseUnload(name, value.ParameterChoiceCase == Parameter.BoolParam) is { } problem)
            {
                return problem;
            }
        }

        var unloaded = await repository.UnloadAsync(GrpcTarget.NamespaceOf(call), NameOf(request.ModelName, request.RepositoryName), call.Cancellation);
        return unloaded.Select<IMessage>(_ => new RepositoryModelUnloadResponse());
    }

    private static Problem? Add(LoadParameters parameters, string name, ModelRepositoryParameter value) => (name, value.ParameterChoiceCase) switch
    {
        (LoadParameters.Config, Parameter.StringParam) => parameters.AddText(name, value.StringParam),
        (LoadParameters.Config, _) => Problem.Invalid($"parameters.{name}: must be a string_param, the configuration as JSON"),
        (_, Parameter.BytesParam) => parameters.AddFile(name, value.BytesParam.Memory),
        _ => LoadParameters.IsFile(name) ? Problem.Invalid($"parameters.{name}: must be a bytes_param, the file") : LoadParameters.Unknown(name),
    };

    /// <summary>KServe's own clients have the model's name in field 1, where others have the repository's.</summary>
    private static string NameOf(string model, string repository) => model.Length > 0 ? model : repository;
}
