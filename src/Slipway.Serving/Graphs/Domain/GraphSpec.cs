using Slipway.Serving.Domain;

namespace Slipway.Serving.Graphs.Domain;

internal enum RouterType
{
    Sequence,
    Splitter,
    Ensemble,
    Switch,
}

/// <summary>What a step is sent.</summary>
internal enum StepData
{
    /// <summary>What the node was sent.</summary>
    Request,

    /// <summary>What the step before answered.</summary>
    Response,

    /// <summary>The predictions that the step before answered, as instances.</summary>
    Predictions,

    /// <summary>The outputs that the step before answered, as inputs.</summary>
    Outputs,
}

/// <summary>Whom a step calls: exactly one of them.</summary>
internal abstract record StepTarget
{
    private StepTarget()
    {
    }

    public sealed record Service(string Name) : StepTarget;

    public sealed record Address(Uri Url) : StepTarget;

    public sealed record Node(string Name) : StepTarget;
}

/// <param name="Name">Its name, or its place in the node.</param>
/// <param name="Weight">Percent of the requests, in a splitter.</param>
/// <param name="Condition">In a switch, of what the node was sent; in a sequence, of what the step before answered. Null holds always.</param>
/// <param name="IsHard">Its failure is the node's.</param>
internal sealed record GraphStep(string Name, StepTarget Target, StepData Data, int Weight, GraphPath? Condition, bool IsHard);

internal sealed record GraphNode(string Name, RouterType Router, IReadOnlyList<GraphStep> Steps);

/// <summary>What an InferenceGraph asks for: checked, without cycles, every node it names is there.</summary>
/// <param name="Timeout">Of the whole graph; null: as long as the caller waits.</param>
/// <param name="StepTimeout">Of every call of a service; null: as long as the caller waits.</param>
/// <param name="Propagated">Headers that steps at addresses are sent.</param>
internal sealed record GraphSpec(
    IReadOnlyDictionary<string, GraphNode> Nodes, TimeSpan? Timeout, TimeSpan? StepTimeout, PropagatedHeaders Propagated)
{
    public const string Root = "root";

    public IEnumerable<string> Services =>
        Nodes.Values.SelectMany(n => n.Steps).Select(s => s.Target).OfType<StepTarget.Service>().Select(s => s.Name).Distinct(StringComparer.Ordinal);

    public IEnumerable<Uri> Addresses => Nodes.Values.SelectMany(n => n.Steps).Select(s => s.Target).OfType<StepTarget.Address>().Select(a => a.Url);
}
