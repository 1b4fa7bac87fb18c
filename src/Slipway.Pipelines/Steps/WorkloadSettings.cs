using System.Text;
using System.Text.Json.Nodes;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Steps;

/// <summary>What a step gets besides its command line.</summary>
internal sealed record WorkloadSurroundings(IReadOnlyDictionary<string, string> Env, WorkloadSecrets Secrets, IReadOnlyList<WorkloadMount> Mounts);

/// <summary>The platform document's secrets, config maps, volumes and scratch folders, from this server's own store and disk.</summary>
internal sealed class WorkloadSettings(IResourceStore resources, KindCatalog kinds, PipelinesOptions options)
{
    public async Task<Result<WorkloadSurroundings>> OfAsync(StepAttempt attempt, CancellationToken cancellation)
    {
        var env = new Dictionary<string, string>(StringComparer.Ordinal);
        var secrets = new Dictionary<string, string>(StringComparer.Ordinal);
        var mounts = new List<WorkloadMount>();
        if (attempt.Run.Workspace is { } workspace)
        {
            mounts.Add(new WorkloadMount(workspace, WorkspaceConfig.MountPath));
        }

        if (PlatformOf(attempt) is { } platform)
        {
            var problem = await KeysAsync(attempt, "Secret", platform.SecretsAsEnv, secrets, cancellation)
                ?? await KeysAsync(attempt, "ConfigMap", platform.ConfigMapsAsEnv, env, cancellation)
                ?? await FoldersAsync(attempt, "Secret", platform.SecretsAsVolume, mounts, cancellation)
                ?? await FoldersAsync(attempt, "ConfigMap", platform.ConfigMapsAsVolume, mounts, cancellation);
            if (problem is not null)
            {
                return problem;
            }

            foreach (var volume in platform.VolumeMounts)
            {
                var folder = Path.Combine(options.VolumeOf(attempt.Run.Namespace, NameOf(volume.Name, attempt)), volume.SubPath ?? "");
                Directory.CreateDirectory(folder);
                mounts.Add(new WorkloadMount(folder, volume.MountPath));
            }

            foreach (var (scratch, i) in platform.ScratchMounts.Select((s, i) => (s, i)))
            {
                mounts.Add(new WorkloadMount(Directory.CreateDirectory(FolderOf(attempt, $"scratch-{i}")).FullName, scratch.MountPath));
            }

            foreach (var (variable, field) in platform.FieldsAsEnv)
            {
                env[variable] = FieldOf(attempt, platform, field);
            }
        }

        return new WorkloadSurroundings(env, WorkloadSecrets.Of(secrets), mounts);
    }

    /// <summary>Without what the component only passes on to others.</summary>
    private static PlatformExecutor? PlatformOf(StepAttempt attempt)
    {
        var platform = attempt.Platform;
        if (platform is not null && !TaskConfigInput.Applies(attempt.Component, TaskConfigField.Env))
        {
            platform = platform with { SecretsAsEnv = [], ConfigMapsAsEnv = [], FieldsAsEnv = new Dictionary<string, string>() };
        }

        if (platform is not null && !TaskConfigInput.Applies(attempt.Component, TaskConfigField.KubernetesVolumes))
        {
            platform = platform with { SecretsAsVolume = [], ConfigMapsAsVolume = [], VolumeMounts = [], ScratchMounts = [] };
        }

        return platform;
    }

    private static string FieldOf(StepAttempt attempt, PlatformExecutor platform, string field) => field switch
    {
        _ when KeyOf(field, "metadata.labels") is { } label => platform.Labels.GetValueOrDefault(label) ?? "",
        _ when KeyOf(field, "metadata.annotations") is { } annotation => platform.Annotations.GetValueOrDefault(annotation) ?? "",
        "metadata.namespace" => attempt.Run.Namespace,
        "metadata.name" => $"{attempt.Run.PipelineName}-{attempt.TaskId}",
        "metadata.uid" => attempt.TaskId,
        "spec.nodeName" => Environment.MachineName,
        "status.podIP" or "status.hostIP" => "127.0.0.1",
        _ => "",
    };

    /// <summary>Of <c>metadata.labels['key']</c>.</summary>
    private static string? KeyOf(string field, string map) =>
        field.StartsWith($"{map}['", StringComparison.Ordinal) && field.EndsWith("']", StringComparison.Ordinal) ? field[(map.Length + 2)..^2] : null;

    public static string NameOf(TaskParameter name, StepAttempt attempt) => attempt.PlatformNames.GetValueOrDefault(name) ?? "";

    private string FolderOf(StepAttempt attempt, string name) => Path.Combine(options.AttemptsFolder, attempt.Run.Id, $"{attempt.TaskId}-{attempt.Attempt}", name);

    private async Task<Problem?> KeysAsync(
        StepAttempt attempt, string kind, IReadOnlyList<KeysAsEnv> wanted, Dictionary<string, string> into, CancellationToken cancellation)
    {
        foreach (var keys in wanted)
        {
            var name = NameOf(keys.Name, attempt);
            if (await ReadAsync(kind, attempt.Run.Namespace, name, cancellation) is not { } data)
            {
                if (keys.IsOptional)
                {
                    continue;
                }

                return Problem.NotFound($"the {kind} {name} in namespace {attempt.Run.Namespace}, which the step takes variables from,");
            }

            foreach (var (key, variable) in keys.KeyToVariable)
            {
                if (data.TryGetValue(key, out var value))
                {
                    into[variable] = Encoding.UTF8.GetString(value);
                }
                else if (!keys.IsOptional)
                {
                    return Problem.NotFound($"the key {key} of the {kind} {name} in namespace {attempt.Run.Namespace}");
                }
            }
        }

        return null;
    }

    private async Task<Problem?> FoldersAsync(
        StepAttempt attempt, string kind, IReadOnlyList<FolderMount> wanted, List<WorkloadMount> mounts, CancellationToken cancellation)
    {
        foreach (var mount in wanted)
        {
            var name = NameOf(mount.Name, attempt);
            if (await ReadAsync(kind, attempt.Run.Namespace, name, cancellation) is not { } data)
            {
                if (mount.IsOptional)
                {
                    continue;
                }

                return Problem.NotFound($"the {kind} {name} in namespace {attempt.Run.Namespace}, which the step mounts,");
            }

            // Removed with the attempt's folder.
            var folder = Directory.CreateDirectory(FolderOf(attempt, $"{kind.ToLowerInvariant()}-{mounts.Count}")).FullName;
            foreach (var (key, value) in data)
            {
                var file = Path.Combine(folder, Path.GetFileName(key));
                await File.WriteAllBytesAsync(file, value, cancellation);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }
            }

            mounts.Add(new WorkloadMount(folder, mount.MountPath, ReadOnly: true));
        }

        return null;
    }

    private async Task<Dictionary<string, byte[]>?> ReadAsync(string kind, string ns, string name, CancellationToken cancellation)
    {
        if (name.Length == 0 || kinds.FindByKind("", kind) is not { } found || !(await resources.GetAsync(found, ns, name, cancellation)).TryGet(out var resource, out _))
        {
            return null;
        }

        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in resource.Json["data"] as JsonObject ?? [])
        {
            data[key] = kind == "Secret" ? Convert.FromBase64String((string?)value ?? "") : Encoding.UTF8.GetBytes((string?)value ?? "");
        }

        foreach (var (key, value) in resource.Json["binaryData"] as JsonObject ?? [])
        {
            data[key] = Convert.FromBase64String((string?)value ?? "");
        }

        return data;
    }
}
