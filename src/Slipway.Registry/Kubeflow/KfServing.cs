using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Kubeflow;

/// <summary>Kubeflow's ServingEnvironment, InferenceService and ServeModel: what somebody recorded about serving.</summary>
internal static class KfServing
{
    private static readonly string[] States = ["DEPLOYED", "UNDEPLOYED"];
    private static readonly string[] Executions = ["UNKNOWN", "NEW", "RUNNING", "COMPLETE", "FAILED", "CACHED", "CANCELED"];

    public static async Task<Result<JsonObject>> CreateEnvironmentAsync(KfCall call)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var read = KfThings.Read(body, KfThings.Environment);
        return body.Problem is { } bad ? bad : await call.WriteAsync((session, change) => KfThings.AddAsync(session, change, KfThings.Environment, 0, read));
    }

    public static Task<Result<JsonObject>> CreateServiceAsync(KfCall call) => CreateServiceAsync(call, null);

    /// <summary>In the environment of the path.</summary>
    public static Task<Result<JsonObject>> CreateServiceOfEnvironmentAsync(KfCall call) => CreateServiceAsync(call, call.Id);

    public static Task<Result<JsonObject>> UpdateServiceAsync(KfCall call) => KfThings.UpdateAsync(call, KfThings.Service, (session, read) => CheckAsync(session, call.Namespace, read));

    public static async Task<Result<JsonObject>> ListServicesOfEnvironmentAsync(KfCall call) =>
        await call.ReadAsync(session => KfStore.FindAsync(session, call.Namespace, KfThings.Environment.Kind, call.Id)) is null
            ? KfCall.NoSuch(KfThings.Environment.Name, call.Id)
            : await KfThings.ListAsync(call, KfThings.Service, call.Id);

    /// <summary>The model that a service serves.</summary>
    public static async Task<Result<JsonObject>> ModelOfServiceAsync(KfCall call) => await call.ReadAsync<Result<JsonObject>>(async session =>
        await ServiceAsync(session, call) is { } service && await KfStore.FindModelAsync(session, call.Namespace, IdOf(service, "registeredModelId")) is { } model
            ? KfModels.Shown(model)
            : KfCall.NoSuch("the registered model of inference service", call.Id));

    /// <summary>The version that a service serves: the one it names, else the newest of its model.</summary>
    public static async Task<Result<JsonObject>> VersionOfServiceAsync(KfCall call) => await call.ReadAsync<Result<JsonObject>>(async session =>
    {
        if (await ServiceAsync(session, call) is not { } service)
        {
            return KfCall.NoSuch(KfThings.Service.Name, call.Id);
        }

        var version = IdOf(service, "modelVersionId") is var id and > 0
            ? await KfStore.FindVersionAsync(session, call.Namespace, id)
            : await KfStore.FindModelAsync(session, call.Namespace, IdOf(service, "registeredModelId")) is { } model
                ? (await KfStore.VersionsAsync(session, call.Namespace, model.Name, "v.version DESC", 1, 0)).FirstOrDefault()
                : null;
        return version is null ? KfCall.NoSuch("the model version of inference service", call.Id) : await KfVersions.ShownAsync(session, version);
    });

    public static async Task<Result<JsonObject>> CreateServeAsync(KfCall call)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var read = KfThings.Read(body, KfThings.Serve);
        _ = body.Choice("lastKnownState", Executions);
        if (!read.ContainsKey("modelVersionId"))
        {
            body.Reject("modelVersionId", "is missing; give the id of the model version");
        }

        return body.Problem is { } bad
            ? bad
            : await call.WriteAsync<JsonObject>(async (session, change) =>
                await KfStore.FindAsync(session, call.Namespace, KfThings.Service.Kind, call.Id) is null
                    ? KfCall.NoSuch(KfThings.Service.Name, call.Id)
                    : await CheckAsync(session, call.Namespace, read) ?? await KfThings.AddAsync(session, change, KfThings.Serve, call.Id, read));
    }

    public static async Task<Result<JsonObject>> ListServesAsync(KfCall call) =>
        await call.ReadAsync(session => KfStore.FindAsync(session, call.Namespace, KfThings.Service.Kind, call.Id)) is null
            ? KfCall.NoSuch(KfThings.Service.Name, call.Id)
            : await KfThings.ListAsync(call, KfThings.Serve, call.Id);

    private static async Task<Result<JsonObject>> CreateServiceAsync(KfCall call, long? environment)
    {
        if (!(await call.BodyAsync()).TryGet(out var body, out var problem))
        {
            return problem;
        }

        var read = KfThings.Read(body, KfThings.Service);
        _ = body.Choice("desiredState", States);
        if (environment is { } id)
        {
            read["servingEnvironmentId"] = id.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var field in new[] { "registeredModelId", "servingEnvironmentId" }.Where(f => !read.ContainsKey(f)))
        {
            body.Reject(field, "is missing");
        }

        if (body.Problem is { } bad)
        {
            return bad;
        }

        read["desiredState"] ??= "DEPLOYED";
        return await call.WriteAsync<JsonObject>(async (session, change) =>
            await CheckAsync(session, call.Namespace, read) ?? await KfThings.AddAsync(session, change, KfThings.Service, IdOf(read, "servingEnvironmentId"), read));
    }

    /// <summary>Null when everything that is named is there.</summary>
    private static async Task<Problem?> CheckAsync(IReadSession session, string ns, JsonObject read)
    {
        if (IdOf(read, "registeredModelId") is var model and > 0 && await KfStore.FindModelAsync(session, ns, model) is null)
        {
            return KfCall.NoSuch("registered model", model);
        }

        if (IdOf(read, "servingEnvironmentId") is var environment and > 0 && await KfStore.FindAsync(session, ns, KfThings.Environment.Kind, environment) is null)
        {
            return KfCall.NoSuch(KfThings.Environment.Name, environment);
        }

        return IdOf(read, "modelVersionId") is var version and > 0 && await KfStore.FindVersionAsync(session, ns, version) is null ? KfCall.NoSuch("model version", version) : null;
    }

    private static async Task<JsonObject?> ServiceAsync(IReadSession session, KfCall call) =>
        await KfStore.FindAsync(session, call.Namespace, KfThings.Service.Kind, call.Id) is { } row ? JsonNode.Parse(row.Body)!.AsObject() : null;

    private static long IdOf(JsonObject from, string field) =>
        long.TryParse((string?)from[field], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;
}
