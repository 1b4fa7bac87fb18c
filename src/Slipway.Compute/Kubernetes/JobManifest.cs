using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Kubernetes;

/// <summary>From a workload to <c>batch/v1 Job</c> and the Secret that holds what nobody may read in a manifest. Pure.</summary>
internal static class JobManifest
{
    public const string AttemptLabel = "slipway.dev/attempt";
    public const string ContainerName = "main";

    private const string FilesVolume = "slipway-files";
    private const string WorkVolume = "slipway-work";

    /// <summary>A name that Kubernetes takes: lower case, at most 63, ending in a letter or digit.</summary>
    public static string NameOf(string attempt)
    {
        var plain = new string([.. attempt.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(attempt)))[..10];
        return $"slipway-{(plain.Length > 40 ? plain[..40] : plain).Trim('-')}-{hash}";
    }

    /// <summary>One try, no restart: retries are the engine's. Removed by Kubernetes an hour after its end, should the server not come back for it.</summary>
    public static JsonObject Job(Workload workload, KubernetesOptions options)
    {
        var name = NameOf(workload.Attempt);
        var container = new JsonObject { ["name"] = ContainerName, ["image"] = workload.Image, ["imagePullPolicy"] = "IfNotPresent" };
        if (workload.Command.Count > 0)
        {
            container["command"] = Texts(workload.Command);
        }

        if (workload.Args.Count > 0)
        {
            container["args"] = Texts(workload.Args);
        }

        container["env"] = new JsonArray([.. workload.Env.Where(e => !workload.Secrets.Reveal().ContainsKey(e.Key)).OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => (JsonNode)new JsonObject { ["name"] = e.Key, ["value"] = Unexpanded(e.Value) })]);
        if (workload.Secrets.Count > 0)
        {
            container["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = name } });
        }

        if (Limits(workload.Resources) is { Count: > 0 } limits)
        {
            container["resources"] = new JsonObject { ["limits"] = limits };
        }

        var volumes = new JsonArray();
        var mounts = new JsonArray();
        foreach (var (mount, i) in workload.Mounts.Select((m, i) => (m, i)))
        {
            volumes.Add(new JsonObject { ["name"] = $"mount-{i}", ["hostPath"] = new JsonObject { ["path"] = mount.Source } });
            mounts.Add(new JsonObject { ["name"] = $"mount-{i}", ["mountPath"] = mount.Target, ["readOnly"] = mount.ReadOnly });
        }

        if (workload.WorkingFolder is { } folder)
        {
            var empty = new JsonObject();
            if (workload.Resources.DiskBytes is { } disk)
            {
                empty["sizeLimit"] = disk.ToString(CultureInfo.InvariantCulture);
            }

            volumes.Add(new JsonObject { ["name"] = WorkVolume, ["emptyDir"] = empty });
            mounts.Add(new JsonObject { ["name"] = WorkVolume, ["mountPath"] = folder });
            container["workingDir"] = folder;
        }

        if (workload.Files.Count > 0 && workload.WorkingFolder is not null)
        {
            volumes.Add(new JsonObject
            {
                ["name"] = FilesVolume,
                ["configMap"] = new JsonObject { ["name"] = name, ["items"] = new JsonArray([.. workload.Files.Select((f, i) => (JsonNode)new JsonObject { ["key"] = $"file-{i}", ["path"] = f.Path })]) },
            });
            foreach (var file in workload.Files)
            {
                mounts.Add(new JsonObject { ["name"] = FilesVolume, ["mountPath"] = $"{workload.WorkingFolder.TrimEnd('/')}/{file.Path}", ["subPath"] = file.Path });
            }
        }

        if (mounts.Count > 0)
        {
            container["volumeMounts"] = mounts;
        }

        var pod = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["terminationGracePeriodSeconds"] = Seconds(workload.GracePeriod),
            ["containers"] = new JsonArray(container),
        };
        if (volumes.Count > 0)
        {
            pod["volumes"] = volumes;
        }

        if (options.ServiceAccount is { } account)
        {
            pod["serviceAccountName"] = account;
        }

        var spec = new JsonObject { ["backoffLimit"] = 0, ["ttlSecondsAfterFinished"] = 3600 };
        if (workload.Timeout is { } timeout)
        {
            spec["activeDeadlineSeconds"] = Math.Max(1, Seconds(timeout));
        }

        spec["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Labels(workload) }, ["spec"] = pod };
        return new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["metadata"] = Metadata(workload, name), ["spec"] = spec };
    }

    /// <summary>The secrets; null when there are none.</summary>
    public static JsonObject? Secret(Workload workload)
    {
        if (workload.Secrets.Count == 0)
        {
            return null;
        }

        var data = new JsonObject();
        foreach (var (key, value) in workload.Secrets.Reveal())
        {
            data[key] = value;
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Secret", ["metadata"] = Metadata(workload, NameOf(workload.Attempt)), ["stringData"] = data };
    }

    /// <summary>The workload's files; null when there are none.</summary>
    public static JsonObject? Files(Workload workload)
    {
        if (workload.Files.Count == 0)
        {
            return null;
        }

        var data = new JsonObject();
        foreach (var (file, i) in workload.Files.Select((f, i) => (f, i)))
        {
            data[$"file-{i}"] = file.Content;
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = Metadata(workload, NameOf(workload.Attempt)), ["data"] = data };
    }

    private static JsonObject Metadata(Workload workload, string name) => new() { ["name"] = name, ["labels"] = Labels(workload) };

    private static JsonObject Labels(Workload workload)
    {
        var labels = new JsonObject { ["app.kubernetes.io/managed-by"] = "slipway", [AttemptLabel] = LabelValue(workload.Attempt) };
        foreach (var (key, value) in workload.Labels)
        {
            labels[key] = LabelValue(value);
        }

        return labels;
    }

    /// <summary>A label's value holds at most 63 characters.</summary>
    public static string LabelValue(string text) => (text.Length > 63 ? text[..63] : text).Trim('-', '_', '.');

    private static JsonObject Limits(WorkloadResources resources)
    {
        var limits = new JsonObject();
        if (resources.Cpu is { } cpu)
        {
            limits["cpu"] = ((long)Math.Ceiling(cpu * 1000)).ToString(CultureInfo.InvariantCulture) + "m";
        }

        if (resources.MemoryBytes is { } memory)
        {
            limits["memory"] = memory.ToString(CultureInfo.InvariantCulture);
        }

        if (resources.DiskBytes is { } disk)
        {
            limits["ephemeral-storage"] = disk.ToString(CultureInfo.InvariantCulture);
        }

        if (resources.Accelerator is { Count: > 0 } accelerator)
        {
            limits[accelerator.Type] = accelerator.Count.ToString(CultureInfo.InvariantCulture);
        }

        return limits;
    }

    // Kubernetes would put variables in for $(NAME).
    private static string Unexpanded(string value) => value.Replace("$(", "$$(", StringComparison.Ordinal);

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);

    private static JsonArray Texts(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode)Unexpanded(w))]);
}
