using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Loop.Domain;
using Slipway.Platform.Resources;
using YamlDotNet.RepresentationModel;

namespace Slipway.Loop.Definitions;

/// <summary>
/// The resources that a loop is made of: an ordinary pipeline, inference service, monitor, promotion policy and trigger, which anybody could have
/// written by hand. Names follow from the loop's, and all go when it goes.
/// </summary>
internal sealed class LoopChildren(KindCatalog kinds)
{
    public static string PipelineOf(string loop) => $"{loop}-retrain";

    public Resource Pipeline(Resource loop)
    {
        var pipeline = Child(loop, "slipway.dev", "Pipeline", PipelineOf(loop.Name));
        pipeline.Json["spec"] = RetrainPipeline();
        return pipeline;
    }

    /// <summary>Serves whatever version the champion alias points at.</summary>
    public Resource Service(Resource loop)
    {
        var service = Child(loop, "serving.kserve.io", "InferenceService", loop.Name);
        service.Json["spec"] = new JsonObject
        {
            ["predictor"] = new JsonObject
            {
                ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = $"models:/{loop.Name}@champion" },
            },
        };
        return service;
    }

    public Resource Monitor(Resource loop, LoopSpec spec, string trainingDataset, string trainingVersion)
    {
        var monitor = Child(loop, "slipway.dev", "Monitor", loop.Name);
        monitor.Json["spec"] = new JsonObject
        {
            ["inferenceService"] = loop.Name,
            ["task"] = spec.Task.ToString().ToLowerInvariant(),
            ["metric"] = spec.Metric,
            ["reference"] = new JsonObject { ["dataset"] = trainingDataset, ["version"] = trainingVersion },
        };
        return monitor;
    }

    public Resource PromotionPolicy(Resource loop)
    {
        var policy = Child(loop, "slipway.dev", "PromotionPolicy", loop.Name);
        policy.Json["spec"] = new JsonObject
        {
            ["model"] = loop.Name,
            ["inferenceService"] = loop.Name,
            ["monitor"] = loop.Name,
            ["stages"] = new JsonArray(10, 50, 100),

            // As good is not enough to change a running model: it must be better by a hundredth at every stage.
            ["judge"] = new JsonObject { ["tolerance"] = -0.01 },
        };
        return policy;
    }

    /// <param name="cooldown">Windows between two trainings: two fifths of the first training window, in steps.</param>
    public Resource Trigger(Resource loop, JsonObject subject, int cooldown)
    {
        var trigger = Child(loop, "slipway.dev", "Trigger", loop.Name);
        trigger.Json["spec"] = new JsonObject
        {
            ["monitor"] = loop.Name,
            ["model"] = loop.Name,
            ["promotionPolicy"] = loop.Name,
            ["when"] = new JsonObject { ["cooldownWindows"] = cooldown, ["maxAgeWindows"] = 2 * cooldown },
            ["run"] = new JsonObject { ["pipeline"] = PipelineOf(loop.Name), ["parameters"] = new JsonObject { ["subject"] = subject.DeepClone() } },
        };
        return trigger;
    }

    public ResourceKind KindOf(Resource child) =>
        kinds.All.First(k => k.ApiVersion == child.ApiVersion && k.Kind == child.Kind);

    private Resource Child(Resource loop, string group, string kind, string name)
    {
        var child = Resource.Create(
            kinds.FindByKind(group, kind) ?? throw new InvalidOperationException($"kind {kind} of {group} is not registered"), loop.Namespace, name);
        child.Metadata["labels"] = new JsonObject { ["slipway.dev/loop"] = loop.Name };
        loop.Own(child);
        return child;
    }

    private static JsonObject RetrainPipeline()
    {
        using var stream = typeof(LoopChildren).Assembly.GetManifestResourceStream("retrain.pipeline.yaml")
            ?? throw new InvalidOperationException("the retraining pipeline is not in the assembly");
        using var reader = new StreamReader(stream);
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (JsonObject)ToJson(yaml.Documents[0].RootNode)!["spec"]!.DeepClone();
    }

    /// <summary>Plain scalars of our own file: null, true, false and text are all it uses.</summary>
    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, ToJson(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "null" or "~" or "" } => null,
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new JsonException($"unexpected YAML node {node.NodeType}"),
    };
}
