using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class TaskConfigInputTests
{
    private static readonly ResolvedContainer Container = new("python", [], [], [new("ENV1", "val1")], new ResourceSpec
    {
        CpuLimit = "100m", CpuRequest = "50m", MemoryLimit = "100Mi", AcceleratorType = "nvidia.com/gpu", AcceleratorCount = "1",
    });

    private static readonly PlatformExecutor Platform = new()
    {
        VolumeMounts = [new FolderMount(Named("claim"), "/data", null, false)],
        SecretsAsEnv = [new KeysAsEnv(Named("s"), [KeyValuePair.Create("password", "PASSWORD")], false)],
        ScratchMounts = [new ScratchMount("scratch", "/scratch", "Memory", null)],
        Other = (JsonObject)JsonNode.Parse(
            """
            {"nodeSelector": {"labels": {"disktype": "ssd"}},
             "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": "3600"}],
             "nodeAffinity": [{"matchExpressions": [{"key": "disktype", "operator": "In", "values": ["ssd"]}]}, {"matchExpressions": [], "weight": 5}]}
            """)!,
    };

    [Fact]
    public void EveryField_IsToldAsAPodWouldHaveIt()
    {
        var (name, value) = Of(Enum.GetValues<TaskConfigField>())!.Value;

        Assert.Equal("config", name);
        var expected = JsonNode.Parse(
            """
            {"resources": {"limits": {"cpu": "100m", "memory": "100Mi", "nvidia.com/gpu": "1"}, "requests": {"cpu": "50m"}},
             "env": [{"name": "ENV1", "value": "val1"}, {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "the-s", "key": "password"}}}],
             "affinity": {"nodeAffinity": {
               "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disktype", "operator": "In", "values": ["ssd"]}]}]},
               "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": {"matchExpressions": []}}]}},
             "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 3600}],
             "nodeSelector": {"disktype": "ssd"},
             "volumes": [{"name": "kfp-workspace", "persistentVolumeClaim": {"claimName": "ws"}}, {"name": "the-claim", "persistentVolumeClaim": {"claimName": "the-claim"}},
               {"name": "scratch", "emptyDir": {"medium": "Memory"}}],
             "volumeMounts": [{"mountPath": "/kfp-workspace", "name": "kfp-workspace"}, {"mountPath": "/data", "name": "the-claim"}, {"mountPath": "/scratch", "name": "scratch"}]}
            """);
        Assert.True(JsonNode.DeepEquals(expected, value), value.ToJsonString());
    }

    [Fact]
    public void OnlyFieldsPassedThrough_GoIn()
    {
        Assert.Equal("{}", Of([])!.Value.Value.ToJsonString());
        Assert.Equal("""{"nodeSelector":{"disktype":"ssd"}}""", Of([TaskConfigField.KubernetesNodeSelector])!.Value.Value.ToJsonString());
        Assert.Null(TaskConfigInput.Of(new ComponentSpec(), Container, Platform, null, _ => ""));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(null, true)]
    public void AFieldPassedThrough_ConfiguresTheTaskItself_OnlyWhenItSaysSo(bool? applyToTask, bool applies) =>
        Assert.Equal(applies, TaskConfigInput.Applies(
            new ComponentSpec { TaskConfigPassthroughs = applyToTask is { } apply ? [new TaskConfigPassthrough(TaskConfigField.Env, apply)] : [] }, TaskConfigField.Env));

    private static (string Name, JsonObject Value)? Of(IReadOnlyList<TaskConfigField> fields) => TaskConfigInput.Of(
        new ComponentSpec
        {
            Inputs = new ComponentInputs { Parameters = new Dictionary<string, InputParameter> { ["config"] = new(ParameterType.TaskConfig) } },
            TaskConfigPassthroughs = [.. fields.Select(f => new TaskConfigPassthrough(f, false))],
        },
        Container, Platform, "ws", n => "the-" + ((ParameterSource.ComponentInput)n.Source).Name);

    private static TaskParameter Named(string name) => new(new ParameterSource.ComponentInput(name));
}
