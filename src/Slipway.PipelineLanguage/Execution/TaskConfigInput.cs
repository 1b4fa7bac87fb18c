using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>
/// The value of a component's TASK_CONFIG input: what the task was configured with, as fragments of a Kubernetes pod, for components that start others
/// like themselves. Only fields that the component passes through go in; a field goes to the task itself too when it says so, or is not passed through.
/// </summary>
public static class TaskConfigInput
{
    private const string WorkspaceVolume = "kfp-workspace";

    /// <summary>The input's name and value; null when the component has none.</summary>
    /// <param name="workspaceClaim">What the run's shared folder is called; null without one.</param>
    /// <param name="nameOf">Names of secrets, config maps and claims in the platform document.</param>
    public static (string Name, JsonObject Value)? Of(
        ComponentSpec component, ResolvedContainer container, PlatformExecutor? platform, string? workspaceClaim, Func<TaskParameter, string> nameOf)
    {
        if (component.Inputs.Parameters.FirstOrDefault(p => p.Value.Type == ParameterType.TaskConfig).Key is not { } name)
        {
            return null;
        }

        var config = new JsonObject();
        foreach (var field in component.TaskConfigPassthroughs.Select(p => p.Field).Distinct())
        {
            Add(config, field, container, platform ?? new PlatformExecutor(), workspaceClaim, nameOf);
        }

        return (name, config);
    }

    /// <summary>Whether the task itself is to be configured so.</summary>
    public static bool Applies(ComponentSpec component, TaskConfigField field) =>
        component.TaskConfigPassthroughs.FirstOrDefault(p => p.Field == field) is not { ApplyToTask: false };

    private static void Add(
        JsonObject config, TaskConfigField field, ResolvedContainer container, PlatformExecutor platform, string? workspaceClaim, Func<TaskParameter, string> nameOf)
    {
        switch (field)
        {
            case TaskConfigField.Resources:
                config["resources"] = Resources(container.Resources);
                break;
            case TaskConfigField.Env:
                config["env"] = Env(container, platform, nameOf);
                break;
            case TaskConfigField.KubernetesAffinity:
                config["affinity"] = NodeAffinity(platform.Other["nodeAffinity"] as JsonArray ?? []);
                break;
            case TaskConfigField.KubernetesTolerations:
                config["tolerations"] = new JsonArray([.. (platform.Other["tolerations"] as JsonArray ?? []).OfType<JsonObject>().Select(Toleration)]);
                break;
            case TaskConfigField.KubernetesNodeSelector:
                config["nodeSelector"] = platform.Other["nodeSelector"]?["labels"]?.DeepClone() ?? new JsonObject();
                break;
            case TaskConfigField.KubernetesVolumes:
                AddVolumes(config, platform, workspaceClaim, nameOf);
                break;
            default:
                break;
        }
    }

    private static JsonObject Resources(ResourceSpec? resources)
    {
        var limits = Quantities(resources?.CpuLimit, resources?.MemoryLimit);
        if (resources is { AcceleratorType: { Length: > 0 } type, AcceleratorCount: { Length: > 0 } count })
        {
            limits[type] = count;
        }

        return new JsonObject { ["limits"] = limits, ["requests"] = Quantities(resources?.CpuRequest, resources?.MemoryRequest) };
    }

    private static JsonObject Quantities(string? cpu, string? memory) =>
        new(new[] { ("cpu", cpu), ("memory", memory) }.Where(q => !string.IsNullOrEmpty(q.Item2)).Select(q => KeyValuePair.Create<string, JsonNode?>(q.Item1, q.Item2)));

    /// <summary>Values of secrets are named, never handed over.</summary>
    private static JsonArray Env(ResolvedContainer container, PlatformExecutor platform, Func<TaskParameter, string> nameOf) =>
    [
        .. container.Env.Select(e => new JsonObject { ["name"] = e.Name, ["value"] = e.Value }),
        .. platform.SecretsAsEnv.SelectMany(s => KeyRefs(s, "secretKeyRef", nameOf)),
        .. platform.ConfigMapsAsEnv.SelectMany(c => KeyRefs(c, "configMapKeyRef", nameOf)),
        .. platform.FieldsAsEnv.Select(f => new JsonObject { ["name"] = f.Key, ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = f.Value } } }),
    ];

    private static IEnumerable<JsonObject> KeyRefs(KeysAsEnv keys, string kind, Func<TaskParameter, string> nameOf) => keys.KeyToVariable.Select(k => new JsonObject
    {
        ["name"] = k.Value,
        ["valueFrom"] = new JsonObject { [kind] = new JsonObject { ["name"] = nameOf(keys.Name), ["key"] = k.Key } },
    });

    /// <summary>A term with a weight is a wish, one without is a must.</summary>
    private static JsonObject NodeAffinity(JsonArray terms)
    {
        var (musts, wishes) = (new JsonArray(), new JsonArray());
        foreach (var term in terms.OfType<JsonObject>())
        {
            var selector = new JsonObject(term.Where(p => p.Key is "matchExpressions" or "matchFields").Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
            if (Whole(term["weight"]) is { } weight)
            {
                wishes.Add(new JsonObject { ["weight"] = weight, ["preference"] = selector });
            }
            else
            {
                musts.Add(selector);
            }
        }

        var node = new JsonObject();
        if (musts.Count > 0)
        {
            node["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject { ["nodeSelectorTerms"] = musts };
        }

        if (wishes.Count > 0)
        {
            node["preferredDuringSchedulingIgnoredDuringExecution"] = wishes;
        }

        return node.Count == 0 ? [] : new JsonObject { ["nodeAffinity"] = node };
    }

    /// <summary>A 64-bit number is a text in the package and a number in a pod.</summary>
    private static JsonObject Toleration(JsonObject toleration) => new(toleration.Select(p =>
        KeyValuePair.Create(p.Key, p.Key == "tolerationSeconds" && Whole(p.Value) is { } seconds ? JsonValue.Create(seconds) : p.Value?.DeepClone())));

    private static void AddVolumes(JsonObject config, PlatformExecutor platform, string? workspaceClaim, Func<TaskParameter, string> nameOf)
    {
        var (volumes, mounts) = (new JsonArray(), new JsonArray());
        if (workspaceClaim is not null)
        {
            Add(WorkspaceVolume, new JsonObject { ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = workspaceClaim } }, WorkspaceConfig.MountPath, null);
        }

        foreach (var mount in platform.VolumeMounts)
        {
            Add(nameOf(mount.Name), new JsonObject { ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = nameOf(mount.Name) } }, mount.MountPath, mount.SubPath);
        }

        foreach (var mount in platform.SecretsAsVolume)
        {
            Add(nameOf(mount.Name), new JsonObject { ["secret"] = new JsonObject { ["secretName"] = nameOf(mount.Name) } }, mount.MountPath, mount.SubPath);
        }

        foreach (var mount in platform.ConfigMapsAsVolume)
        {
            Add(nameOf(mount.Name), new JsonObject { ["configMap"] = new JsonObject { ["name"] = nameOf(mount.Name) } }, mount.MountPath, mount.SubPath);
        }

        foreach (var scratch in platform.ScratchMounts)
        {
            var empty = new JsonObject(new[] { ("medium", scratch.Medium), ("sizeLimit", scratch.SizeLimit) }
                .Where(p => !string.IsNullOrEmpty(p.Item2)).Select(p => KeyValuePair.Create<string, JsonNode?>(p.Item1, p.Item2)));
            Add(scratch.VolumeName, new JsonObject { ["emptyDir"] = empty }, scratch.MountPath, null);
        }

        (config["volumes"], config["volumeMounts"]) = (volumes, mounts);

        void Add(string name, JsonObject source, string path, string? subPath)
        {
            source.Insert(0, "name", name);
            volumes.Add(source);
            var mount = new JsonObject { ["mountPath"] = path, ["name"] = name };
            if (!string.IsNullOrEmpty(subPath))
            {
                mount["subPath"] = subPath;
            }

            mounts.Add(mount);
        }
    }

    private static long? Whole(JsonNode? node) =>
        node is JsonValue && long.TryParse(node.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
