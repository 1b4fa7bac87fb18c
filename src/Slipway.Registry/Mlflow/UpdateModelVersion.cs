using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>PATCH model-versions/update: another description; none is an empty one.</c></summary>
internal static class UpdateModelVersion
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version) = (Asked.Model(call.Fields), Asked.Version(call.Fields));
        var description = Asked.Text(call.Fields, "description");
        return call.Fields.Problem is { } bad
            ? bad
            : await Asked.AnswerAsync(call, (session, change) => ChangeVersion.DescribeAsync(session, change, name, version, description), ModelReply.VersionAsync);
    }
}
