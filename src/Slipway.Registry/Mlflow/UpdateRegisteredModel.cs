using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>PATCH registered-models/update: another description; none is an empty one.</c></summary>
internal static class UpdateRegisteredModel
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, description) = (Asked.Model(call.Fields), Asked.Text(call.Fields, "description"));
        var job = Asked.Text(call.Fields, "deployment_job_id");
        return call.Fields.Problem is { } bad
            ? bad
            : await Asked.AnswerAsync(call, (session, change) => ChangeModel.DescribeAsync(session, change, name, description, job), ModelReply.ModelAsync);
    }
}
