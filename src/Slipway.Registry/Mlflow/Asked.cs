using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Mlflow;

/// <summary>What most requests name, read and checked the same way, and found or missed in MLflow's words.</summary>
internal static class Asked
{
    /// <summary>The registered model that <c>name</c> (or another field) names.</summary>
    public static string Model(MlflowFields fields, string field = "name")
    {
        var name = fields.Required(field);
        if (fields.Problem is null && MlflowRules.ModelName(name, field) is { } bad)
        {
            fields.Reject(bad);
        }

        return name;
    }

    public static int Version(MlflowFields fields)
    {
        // Some clients send the number as a number.
        var text = fields.Json("version") is { ValueKind: System.Text.Json.JsonValueKind.Number } number ? number.GetRawText() : fields.Required("version");
        if (fields.Problem is not null)
        {
            return 0;
        }

        if (MlflowRules.Version(text).TryGet(out var version, out var problem))
        {
            return version;
        }

        fields.Reject(problem);
        return 0;
    }

    /// <summary>A list of <c>{"key", "value"}</c>; of two with one key the last counts.</summary>
    public static IReadOnlyDictionary<string, string> Tags(MlflowFields fields, bool ofVersion)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in fields.Objects("tags"))
        {
            tags[tag.Text("key") ?? ""] = tag.Text("value") ?? "";
        }

        if (fields.Problem is null && MlflowRules.Tags(tags, ofVersion) is { } bad)
        {
            fields.Reject(bad);
        }

        return tags;
    }

    /// <summary>Free text that both databases keep.</summary>
    public static string? Text(MlflowFields fields, string field)
    {
        var text = fields.Text(field);
        if (text is not null && MlflowRules.Text(field, text) is { } bad)
        {
            fields.Reject(bad);
        }

        return text;
    }

    public static async Task<Result<ModelRow>> ModelAsync(IReadSession session, string ns, string name) =>
        await RegistryStore.FindModelRowAsync(session, ns, name) is { } row ? row : Missing.Model(name);

    public static async Task<Result<VersionRow>> VersionAsync(IReadSession session, string ns, string name, int version) =>
        await RegistryStore.FindVersionRowAsync(session, ns, name, version) is { } row ? row : Missing.Version(name, version);

    /// <summary>A write whose answer is the model or version that it leaves behind.</summary>
    public static Task<Result<MlflowReply>> AnswerAsync<T>(
        MlflowCall call, Func<IWriteSession, Change, Task<Result<T>>> work, Func<IReadSession, T, Task<MlflowReply>> answer)
    {
        var change = Change.By(call.Namespace, call.Service<TimeProvider>());
        return call.Service<IDatabase>().WriteAsync<MlflowReply>(
            async (session, _) => (await work(session, change)).TryGet(out var made, out var problem) ? await answer(session, made) : problem,
            call.Cancellation);
    }

    /// <summary>A write that is answered with <c>{}</c>.</summary>
    public static Task<Result<MlflowReply>> EmptyAsync<T>(MlflowCall call, Func<IWriteSession, Change, Task<Result<T>>> work) =>
        AnswerAsync(call, work, (_, _) => Task.FromResult(MlflowReply.Empty));

    public static Task<Result<MlflowReply>> ReadAsync(MlflowCall call, Func<IReadSession, Task<Result<MlflowReply>>> work) =>
        call.Service<IDatabase>().ReadAsync((session, _) => work(session), call.Cancellation);
}
