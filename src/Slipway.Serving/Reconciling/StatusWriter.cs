using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Reconciling;

/// <summary>Writes what is live into the status: KServe's members, and model versions beside them.</summary>
internal sealed class StatusWriter(ServerAddress address, TimeProvider time)
{
    public void Write(Resource resource, ServiceState state)
    {
        var status = resource.Status;
        status["observedGeneration"] = resource.Generation;
        WriteAddress(resource, state);
        WriteConditions(resource, state);
        WritePredictor(resource, state);
        CodeStatus.Write(resource, state.Transformer, CodeSpec.Transformer, time.GetUtcNow());
        CodeStatus.Write(resource, state.Explainer, CodeSpec.Explainer, time.GetUtcNow());
        WriteModelStatus(status, state);
        ReplicaStatus.Write(resource, state, time.GetUtcNow());
        WriteTraffic(status, state);
        WriteCanaries(status, state);
        SetOrRemove(status, "observedModelVersion", state.Stable?.ModelVersion);
        if (state.Target.Loaded is not null)
        {
            SetOrRemove(status, "observedAliasSequence", state.Target.AliasSequence);
        }
    }

    /// <summary>A spec that cannot be acted on: what is live stays, and the status says why nothing changes.</summary>
    public void WriteInvalid(Resource resource, Problem problem)
    {
        var now = time.GetUtcNow();
        resource.Status["observedGeneration"] = resource.Generation;
        Conditions.Set(resource, "PredictorReady", "False", "InvalidSpec", problem.Message, now);
        Conditions.Set(resource, "Ready", "False", "InvalidSpec", problem.Message, now);
        resource.Status["modelStatus"] = new JsonObject { ["transitionStatus"] = "InvalidSpec" };
    }

    /// <summary>Unloaded on purpose.</summary>
    public void WriteStopped(Resource resource)
    {
        var now = time.GetUtcNow();
        resource.Status["observedGeneration"] = resource.Generation;
        Conditions.Set(resource, "Stopped", "True", "Stopped", $"{ServiceSpec.StopAnnotation} is true", now);
        Conditions.Set(resource, "PredictorReady", "False", "Stopped", "unloaded", now);
        Conditions.Set(resource, "Ready", "False", "Stopped", "The service is stopped", now);
        resource.Status["modelStatus"] = new JsonObject { ["transitionStatus"] = "UpToDate", ["states"] = new JsonObject { ["activeModelState"] = "" } };
    }

    private void WriteAddress(Resource resource, ServiceState state)
    {
        if (state.Stable is not null && address.Find() is { } server)
        {
            var url = $"{server}/serving/{resource.Namespace}/{resource.Name}";
            resource.Status["url"] = url;
            resource.Status["address"] = new JsonObject { ["url"] = url };
        }
    }

    private void WriteConditions(Resource resource, ServiceState state)
    {
        var now = time.GetUtcNow();
        var (target, stable) = (state.Target, state.Stable);
        Set("PredictorReady", target.Loaded is not null, target.Reason, target.Problem is null ? $"{target.Revision!.Name} is loaded" : Kept(target.Problem, state));
        Set("IngressReady", stable is not null, stable is null ? "NoRevision" : "Routed", stable is null ? "No revision can answer" : $"{stable.Revision.Name} answers");
        var canary = state.Canaries.FirstOrDefault(c => c.Wanted.Problem is not null);
        SetOrDrop("CanaryReady", state.Canaries.Count > 0, canary?.Wanted, canary is null ? "" : $"canary '{canary.Spec.Name}'");
        var mirror = state.Mirrors.FirstOrDefault(m => m.Wanted.Problem is not null);
        SetOrDrop("MirrorReady", state.Mirrors.Count > 0, mirror.Wanted, mirror.Wanted is null ? "" : string.Create(CultureInfo.InvariantCulture, $"version {mirror.Version}"));
        SetOrDrop("Stopped", false, null, "");
        LanePolicies.WriteCondition(resource, state, now);
        var ready = target.Loaded is not null && stable is not null && canary is null && state.BrokenCode is null;
        Set("Ready", ready, ready ? "Ready" : state.BrokenCode is { } code ? $"{CodeStatus.ConditionOf(code.Spec.Role)}False" : canary?.Wanted.Reason ?? target.Reason, ready ? "All requests are answered as wanted" : "See the other conditions");

        void Set(string type, bool holds, string reason, string message) =>
            Conditions.Set(resource, type, holds ? "True" : "False", reason, message, now);

        void SetOrDrop(string type, bool applies, WantedRevision? failed, string what)
        {
            if (applies)
            {
                Set(type, failed is null, failed?.Reason ?? "Loaded", failed is null ? "All are loaded" : $"{what}: {failed.Problem!.Message}");
            }
            else if (resource.Status["conditions"] is JsonArray list && list.FirstOrDefault(c => (string?)c?["type"] == type) is { } stale)
            {
                list.Remove(stale);
            }
        }
    }

    private static string Kept(Problem problem, ServiceState state) =>
        state.Stable is { } stable ? $"{problem.Message}. {stable.Revision.Name} (version {stable.VersionText}) goes on answering" : problem.Message;

    private void WritePredictor(Resource resource, ServiceState state)
    {
        var status = resource.Status;
        var predictor = ServiceSpec.At(status, "components", "predictor") as JsonObject ?? [];
        var components = (JsonObject)(status["components"]?.DeepClone() ?? new JsonObject());
        components["predictor"] = predictor.DeepClone();
        status["components"] = components;
        predictor = (JsonObject)components["predictor"]!;
        if ((string?)status["url"] is { } url)
        {
            predictor["url"] = url;
        }

        SetIfKnown(predictor, "latestCreatedRevision", state.Target.Revision?.Name);
        SetIfKnown(predictor, "latestReadyRevision", state.Target.Loaded?.Revision.Name);
        SetIfKnown(predictor, "latestRolledoutRevision", state.RolledOut);
        SetIfKnown(predictor, "previousRolledoutRevision", state.RolledOutBefore);
        var traffic = new JsonArray();
        if (state.Stable is { } stable)
        {
            var live = state.LiveCanaries();
            var newest = live.Count > 0 ? live[^1].Revision : state.Newest ?? stable;
            Add(stable, StablePercent(state), newest == stable ? "latest" : "prev");
            foreach (var canary in live)
            {
                Add(canary.Revision, canary.Percent, canary.Revision == newest ? "latest" : null);
            }

            if (live.Count == 0 && newest != stable)
            {
                // Loaded, and a Rollout gives it no traffic.
                Add(newest, 0, "latest");
            }

            void Add(LoadedRevision revision, int percent, string? tag)
            {
                var share = Share(revision.Name, percent, tag, revision == newest);
                if (tag is not null && Tagged(resource, state) && address.Find() is { } server)
                {
                    share["url"] = $"{server}/serving/{resource.Namespace}/{tag}-{resource.Name}";
                }

                traffic.Add(share);
            }
        }

        predictor["traffic"] = traffic;
    }

    private static bool Tagged(Resource resource, ServiceState state) =>
        state.Gate is not null || (string?)ServiceSpec.At(resource.Json, "metadata", "annotations", RoutingSpec.TagAnnotation) == "true";

    private static JsonObject Share(string revision, int percent, string? tag, bool latest)
    {
        var share = new JsonObject { ["revisionName"] = revision, ["percent"] = percent, ["latestRevision"] = latest };
        if (tag is not null)
        {
            share["tag"] = tag;
        }

        return share;
    }

    private void WriteModelStatus(JsonObject status, ServiceState state)
    {
        var failed = state.Target.Problem;
        var model = new JsonObject
        {
            ["transitionStatus"] = failed is null ? "UpToDate" : "BlockedByFailedLoad",
            ["states"] = new JsonObject
            {
                ["activeModelState"] = state.Stable is null ? "FailedToLoad" : "Loaded", ["targetModelState"] = failed is null ? "Loaded" : "FailedToLoad",
            },
            ["copies"] = new JsonObject { ["totalCopies"] = state.Stable is null ? 0 : 1, ["failedCopies"] = failed is null ? 0 : 1 },
        };
        if (failed is not null)
        {
            model["lastFailureInfo"] = Failure(status, state.Target);
        }

        status["modelStatus"] = model;
    }

    /// <summary>The time stays that of the first look at the same failure: a status that changes at every look would wake its watchers for nothing.</summary>
    private JsonObject Failure(JsonObject status, WantedRevision target)
    {
        var known = ServiceSpec.At(status, "modelStatus", "lastFailureInfo");
        var same = (string?)known?["message"] == target.Problem!.Message && (string?)known?["modelRevisionName"] == target.Revision?.Name;
        var failure = new JsonObject
        {
            ["reason"] = target.Reason, ["message"] = target.Problem.Message,
            ["time"] = same ? (string?)known!["time"] : time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
        SetIfKnown(failure, "modelRevisionName", target.Revision?.Name);
        return failure;
    }

    private static void WriteTraffic(JsonObject status, ServiceState state)
    {
        var traffic = new JsonArray();
        if (state.Stable is { } stable)
        {
            Add(stable.Revision.Name, stable.ModelVersion, StablePercent(state), "stable");
            foreach (var canary in state.LiveCanaries())
            {
                Add(canary.Revision.Revision.Name, canary.Revision.ModelVersion, canary.Percent, "canary");
            }
        }

        if (state.Shadow is { } shadow && state.LiveCanaries().All(c => c.Revision != shadow))
        {
            Add(shadow.Name, shadow.ModelVersion, 0, "mirror");
        }

        foreach (var kept in state.Kept.Where(k => k != state.Shadow))
        {
            Add(kept.Name, kept.ModelVersion, 0, "kept");
        }

        foreach (var (_, wanted) in state.Mirrors.Where(m => m.Wanted.Loaded is not null && m.Wanted.Loaded != state.Stable))
        {
            Add(wanted.Loaded!.Revision.Name, wanted.Loaded.ModelVersion, 0, "mirror");
        }

        status["traffic"] = traffic;

        void Add(string revision, int version, int percent, string role) => traffic.Add(
            new JsonObject { ["revisionName"] = revision, ["modelVersion"] = version, ["percent"] = percent, ["role"] = role });
    }

    private static void WriteCanaries(JsonObject status, ServiceState state)
    {
        if (state.Canaries.Count == 0)
        {
            status.Remove("canaryStatuses");
            return;
        }

        var canaries = new JsonArray();
        foreach (var (spec, wanted) in state.Canaries)
        {
            var live = wanted.Loaded is not null && state.Stable is not null;
            var canary = new JsonObject { ["name"] = spec.Name, ["ready"] = live, ["trafficPercent"] = live ? spec.Percent : 0 };
            SetIfKnown(canary, "revisionName", wanted.Revision?.Name);
            SetIfKnown(canary, "message", wanted.Problem?.Message);
            SetOrRemove(canary, "modelVersion", wanted.Revision?.ModelVersion);
            canaries.Add(canary);
        }

        status["canaryStatuses"] = canaries;
    }

    private static int StablePercent(ServiceState state) => 100 - state.LiveCanaries().Sum(c => c.Percent);

    private static void SetIfKnown(JsonObject obj, string name, string? value)
    {
        if (value is not null)
        {
            obj[name] = value;
        }
    }

    private static void SetOrRemove(JsonObject obj, string name, long? value)
    {
        if (value is { } number)
        {
            obj[name] = number;
        }
        else
        {
            obj.Remove(name);
        }
    }
}
