using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST model-versions/transition-stage</c></summary>
internal static class TransitionModelVersionStage
{
    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, version, stage) = (Asked.Model(call.Fields), Asked.Version(call.Fields), call.Fields.Required("stage"));
        var archive = call.Fields.Flag("archive_existing_versions") ?? false;
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!Stages.Canonical(stage).TryGet(out var canonical, out var unknown))
        {
            return unknown;
        }

        if (archive && !Stages.IsActive(canonical))
        {
            return Problem.Invalid(
                $"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are ['Staging', 'Production']");
        }

        return await Asked.AnswerAsync(
            call, (session, change) => MoveStage.ApplyAsync(session, change, name, version, canonical, archive, "over MLflow's API"), ModelReply.VersionAsync);
    }
}
