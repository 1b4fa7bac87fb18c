using System.Collections.Concurrent;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>The graphs that this process answers for. A request reads its graph once.</summary>
internal sealed class GraphTable
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), GraphSpec> _graphs = new();

    public GraphSpec? Find(string ns, string name) => _graphs.GetValueOrDefault((ns, name));

    public void Set(string ns, string name, GraphSpec spec) => _graphs[(ns, name)] = spec;

    public void Remove(string ns, string name) => _graphs.TryRemove((ns, name), out _);
}
