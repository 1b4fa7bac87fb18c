using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary><c>POST model-versions/create: registers files that are kept somewhere as the next version of a model, or the text of a prompt.</c></summary>
internal static class CreateModelVersion
{
    private const int LongestId = 256;

    public static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (name, source, tags) = (Asked.Model(call.Fields), call.Fields.Required("source"), Asked.Tags(call.Fields, ofVersion: true));
        var (runId, runLink, modelId) = (Asked.Text(call.Fields, "run_id") ?? "", Asked.Text(call.Fields, "run_link") ?? "", Asked.Text(call.Fields, "model_id") ?? "");
        var description = Asked.Text(call.Fields, "description") ?? "";
        if ((call.Fields.Problem ?? TooLong("run_id", runId) ?? TooLong("model_id", modelId)) is { } bad)
        {
            return bad;
        }

        var refused = tags.ContainsKey(MlflowRules.IsPromptTag) ? Sources.CheckPrompt(source) : Sources.Check(source, fromModel: modelId.Length > 0);
        if (refused is not null)
        {
            return refused;
        }

        var wanted = new ForeignVersion(name, source, source) { RunId = runId, RunLink = runLink, ModelId = modelId, Description = description, Tags = tags };
        if (!(await LocateAsync(call, wanted)).TryGet(out var located, out var problem))
        {
            return problem;
        }

        var version = 0;
        var made = await Asked.AnswerAsync(call, (session, change) => AddVersion.ForeignAsync(session, change, located), (session, row) =>
        {
            version = row.Number;
            return ModelReply.VersionAsync(session, row);
        });

        // As MLflow's server: only when the request itself names the model. Its client notes it again, so a crash between loses nothing.
        if (made.Succeeded && modelId.Length > 0 && !tags.ContainsKey(MlflowRules.IsPromptTag) && call.Service<IEnumerable<IModelSources>>().FirstOrDefault() is { } sources)
        {
            await sources.NoteVersionAsync(call.Namespace, modelId, name, version, call.Cancellation);
        }

        return made;
    }

    /// <summary>Follows <c>models:/..</c> to where the files really are, since the version must outlive what it was copied from.</summary>
    private static async Task<Result<ForeignVersion>> LocateAsync(MlflowCall call, ForeignVersion wanted)
    {
        if (Sources.Scheme(wanted.Source) != "models")
        {
            return wanted.ModelId.Length > 0 && await FindModelAsync(call, wanted.ModelId) is { } logged ? With(wanted, logged) : wanted;
        }

        if (Sources.LoggedModel(wanted.Source) is { } modelId)
        {
            return await FindModelAsync(call, modelId) is { } found
                ? With(wanted with { Storage = found.ArtifactUri }, found)
                : Unable(wanted.Source, $"Logged model with ID '{modelId}' not found.");
        }

        if (!ModelUri.Parse(wanted.Source).TryGet(out var uri, out var problem))
        {
            return Unable(wanted.Source, problem.Message);
        }

        var behind = await call.Service<IDatabase>().ReadAsync((session, _) => BehindAsync(session, call.Namespace, uri), call.Cancellation);
        return behind is null
            ? Unable(wanted.Source, uri.Version is { } version ? Missing.Version(uri.Model, version).Message : Missing.Model(uri.Model).Message)
            : wanted with { Storage = ModelReply.StorageOf(behind) };
    }

    private static async Task<VersionRow?> BehindAsync(IReadSession session, string ns, ModelUri uri)
    {
        var version = uri.Version
            ?? (uri.Alias is { } alias
                ? (await RegistryStore.FindAliasAsync(session, ns, uri.Model, alias))?.Version
                : (await RegistryStore.LatestAsync(session, ns, [uri.Model])).FirstOrDefault()?.Number);
        return version is { } number ? await RegistryStore.FindVersionRowAsync(session, ns, uri.Model, number) : null;
    }

    private static ForeignVersion With(ForeignVersion wanted, LoggedModelSource logged) => wanted with
    {
        ModelId = wanted.ModelId.Length > 0 ? wanted.ModelId : logged.ModelId,
        RunId = wanted.RunId.Length > 0 ? wanted.RunId : logged.SourceRunId ?? "",
        Parameters = logged.Parameters,
        Metrics = logged.Metrics,
    };

    private static async Task<LoggedModelSource?> FindModelAsync(MlflowCall call, string modelId) =>
        call.Service<IEnumerable<IModelSources>>().FirstOrDefault() is { } sources ? await sources.FindLoggedModelAsync(call.Namespace, modelId, call.Cancellation) : null;

    private static Problem Unable(string source, string why) =>
        Problem.Invalid($"Unable to fetch model from model URI source artifact location '{Names.Shown(source)}'.Error: {why}");

    private static Problem? TooLong(string field, string id) =>
        id.Length > LongestId ? Problem.Invalid($"'{field}' exceeds the maximum length of {LongestId} characters") : null;
}
