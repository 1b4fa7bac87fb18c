using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>A loop of a pipeline.</summary>
public sealed class LoopBuilder
{
    private readonly GroupBuilder _group;

    private LoopBuilder(GroupBuilder group) => _group = group;

    /// <summary>The values that the iterations gave, in their order.</summary>
    public Value<List<T>> Collect<T>(Value<T> value)
    {
        var raised = Raise(value);
        return new Value<List<T>>(raised.Owner, raised.Task, raised.Key, ParameterType.List);
    }

    /// <summary>The artifacts that the iterations made, in their order.</summary>
    public ArtifactReference Collect(ArtifactReference artifact) => (ArtifactReference)Raise(artifact);

    internal static LoopBuilder Over<T>(GraphBuilder graph, JsonArray items, Action<GraphBuilder, Value<T>> body, int parallelism)
    {
        var item = graph.Pipeline.NextName("pipelinechannel--loop-item-param");
        var group = new GroupBuilder(graph, graph.Pipeline.NextName("for-loop")) { IsLoop = true, Parallelism = parallelism, Iterator = new ParameterIterator(items.ToJsonString(), null, item) };
        return Build(graph, group, item, body);
    }

    internal static LoopBuilder Over<T>(GraphBuilder graph, Value<List<T>> items, Action<GraphBuilder, Value<T>> body, int parallelism)
    {
        var item = $"{items.ChannelName}-loop-item";
        var group = new GroupBuilder(graph, graph.Pipeline.NextName("for-loop")) { IsLoop = true, Parallelism = parallelism, Items = items };
        group.Iterator = new ParameterIterator(null, group.Reach(items).Key, item);
        return Build(graph, group, item, body);
    }

    private static LoopBuilder Build<T>(GraphBuilder graph, GroupBuilder group, string item, Action<GraphBuilder, Value<T>> body)
    {
        graph.Add(group.TaskName, new TaskNode(null, group));
        group.Declare(item, ClrTypes.Of(typeof(T)));
        body(group, new Value<T>(group, null, item, ClrTypes.Of(typeof(T))));
        return new LoopBuilder(group);
    }

    private PipelineValue Raise(PipelineValue value)
    {
        while (value.Owner != _group)
        {
            value = value.Owner.Parent is null ? throw new InvalidOperationException("Only what a step of the loop gives can be collected") : value.Owner.Raise(value);
        }

        return _group.Raise(value);
    }
}
