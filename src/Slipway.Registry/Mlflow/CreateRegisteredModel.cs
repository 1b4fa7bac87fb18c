using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST registered-models/create: a name, its description and tags.</c></summary>
internal static class CreateRegisteredModel
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, tags) = (Asked.Model(call.Fields), Asked.Tags(call.Fields, ofVersion: false));
        var (description, job) = (Asked.Text(call.Fields, "description"), Asked.Text(call.Fields, "deployment_job_id"));
        return call.Fields.Problem is { } bad
            ? bad
            : await Asked.AnswerAsync(call, (session, change) => CreateModel.ApplyAsync(session, change, name, description ?? "", tags, job ?? ""), ModelReply.ModelAsync);
    }
}
