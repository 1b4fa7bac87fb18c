namespace Slipway.Client.Pipelines;

/// <summary>The branches of one <see cref="GraphBuilder.If"/>: the first whose condition holds runs.</summary>
public sealed class BranchBuilder
{
    private readonly GroupBuilder _group;
    private Condition? _before;

    internal BranchBuilder(GraphBuilder graph, Condition condition, Action<GraphBuilder> body)
    {
        _group = new GroupBuilder(graph, graph.Pipeline.NextName("condition-branches")) { IsBranches = true };
        graph.Add(_group.TaskName, new TaskNode(null, _group));
        Branch(condition, body);
        _before = !condition;
    }

    public BranchBuilder ElseIf(Condition condition, Action<GraphBuilder> body)
    {
        var before = _before ?? throw new InvalidOperationException("Else was the last branch");
        Branch(before & condition, body);
        _before = before & !condition;
        return this;
    }

    public BranchBuilder Else(Action<GraphBuilder> body)
    {
        Branch(_before ?? throw new InvalidOperationException("Else was the last branch"), body);
        _before = null;
        return this;
    }

    private void Branch(Condition condition, Action<GraphBuilder> body)
    {
        var branch = new GroupBuilder(_group, _group.Pipeline.NextName("condition")) { Condition = condition };
        _group.Add(branch.TaskName, new TaskNode(null, branch));
        body(branch);
    }
}
