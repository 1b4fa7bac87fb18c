using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Tests.Execution;

public sealed class CacheKeyTests
{
    private static readonly TaskSpec Task = new("c") { Caching = new CachingOptions(true, null) };
    private static readonly ContainerSpec Container = new("image:1") { Command = ["run"], Args = ["{{$.inputs.parameters['x']}}"] };

    private static readonly TaskValues Inputs = new(
        new OrderedDictionary<string, JsonNode?> { ["x"] = 1, ["y"] = "b" },
        new Dictionary<string, IReadOnlyList<Artifact>> { ["data"] = [new Artifact("d", ArtifactType.Of("system.Dataset"), "s3://1") { Digest = "d1" }] });

    private static readonly string Key = Of()!;

    [Fact]
    public void WhatDoesNotMatter_DoesNotChangeTheKey()
    {
        Assert.Matches("^[0-9a-f]{64}$", Key);
        // Order of inputs, spelling of numbers, where an artifact is kept and what the runner calls it, the task's display name.
        Assert.Equal(Key, Of(inputs: Inputs with { Parameters = new OrderedDictionary<string, JsonNode?> { ["y"] = "b", ["x"] = 1.0 } }));
        Assert.Equal(Key, Of(inputs: WithArtifact(new Artifact("other", ArtifactType.Of("system.Dataset"), "gs://2") { Digest = "d1", Path = "/x", Id = "9" })));
        Assert.Equal(Key, Of(task: Task with { DisplayName = "another" }));
    }

    [Fact]
    public void WhatMatters_ChangesTheKey()
    {
        string?[] keys =
        [
            Key,
            Of(inputs: Inputs with { Parameters = new Dictionary<string, JsonNode?> { ["x"] = 2, ["y"] = "b" } }),
            Of(inputs: Inputs with { Parameters = new Dictionary<string, JsonNode?> { ["x"] = "1", ["y"] = "b" } }),
            Of(inputs: WithArtifact(new Artifact("d", ArtifactType.Of("system.Dataset"), "s3://1") { Digest = "d2" })),
            Of(inputs: WithArtifact(new Artifact("d", ArtifactType.Of("system.Dataset"), "s3://1") { Digest = "d1", Metadata = new JsonObject { ["a"] = 1 } })),
            Of(container: Container with { Args = ["other"] }),
            Of(container: Container with { Command = ["other"] }),
            Of(container: Container with { Image = "image:2" }),
            Of(container: Container with { Env = [new("A", "1")] }),
            Of(image: "sha256:1"),
            Of(volumes: ["claim"]),
            Of(outputs: new ComponentOutputs { Parameters = new Dictionary<string, OutputParameter> { ["o"] = new(ParameterType.String) } }),
        ];

        Assert.All(keys, Assert.NotNull);
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void AChosenKey_IsAllThatCounts()
    {
        var chosen = Task with { Caching = new CachingOptions(true, "v1") };

        Assert.Equal(Of(task: chosen), Of(task: chosen, container: Container with { Image = "else" }, inputs: TaskValues.Empty));
        Assert.NotEqual(Of(task: chosen), Of(task: Task with { Caching = new CachingOptions(true, "v2") }));
    }

    [Fact]
    public void WhatIsNotCached_HasNoKey()
    {
        Assert.Null(Of(task: Task with { Caching = new CachingOptions(false, "v1") }));
        Assert.Null(Of(inputs: WithArtifact(new Artifact("d", ArtifactType.Of("system.Dataset"), "s3://1"))));
        Assert.Null(CacheKey.Of(Pipeline(Container, new ComponentOutputs()) with { Executors = new Dictionary<string, ExecutorSpec> { ["e"] = new ExecutorSpec.Importer(new ImporterSpec("u", null)) } }, Task, Inputs, null, []));
    }

    [Theory]
    [InlineData(null, null, null, 1, 0.0)]
    [InlineData(2.0, null, null, 1, 2.0)]
    [InlineData(2.0, null, null, 3, 8.0)]
    [InlineData(2.0, 3.0, null, 3, 18.0)]
    [InlineData(2.0, 10.0, 60.0, 3, 60.0)]
    [InlineData(2.0, 1000.0, null, 5, 3600.0)]
    [InlineData(60.0, 1.0, 7200.0, 5, 60.0)]
    public void RetryDelays_GrowToTheirLimit(double? backoff, double? factor, double? most, int retry, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryDelay.Before(new RetryPolicy(5, Seconds(backoff), factor, Seconds(most)), retry));

    [Fact]
    public void RetriesEnd()
    {
        Assert.Null(RetryDelay.Before(null, 1));
        Assert.Null(RetryDelay.Before(new RetryPolicy(2, null, null, null), 3));
        Assert.Equal(RetryDelay.Most, RetryDelay.Before(new RetryPolicy(int.MaxValue, TimeSpan.FromSeconds(1), null, null), 100_000));
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;

    private static TaskValues WithArtifact(Artifact artifact) => Inputs with { Artifacts = new Dictionary<string, IReadOnlyList<Artifact>> { ["data"] = [artifact] } };

    private static string? Of(TaskSpec? task = null, ContainerSpec? container = null, TaskValues? inputs = null, string? image = null, string[]? volumes = null, ComponentOutputs? outputs = null) =>
        CacheKey.Of(Pipeline(container ?? Container, outputs ?? new ComponentOutputs()), task ?? Task, inputs ?? Inputs, image, volumes ?? []);

    private static PipelineSpec Pipeline(ContainerSpec container, ComponentOutputs outputs) => new()
    {
        Info = new PipelineInfo("p"),
        Root = new ComponentSpec { Dag = new DagSpec() },
        Components = new Dictionary<string, ComponentSpec> { ["c"] = new() { ExecutorLabel = "e", Outputs = outputs } },
        Executors = new Dictionary<string, ExecutorSpec> { ["e"] = new ExecutorSpec.Container(container) },
    };
}
