using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>One request on its way through a graph.</summary>
/// <param name="Id">The request's id; splitters send the same id the same way.</param>
/// <param name="Hops">How many graphs it has come through, this one included.</param>
internal sealed record GraphCall(string Namespace, string Name, GraphSpec Graph, string Id, IHeaderDictionary Headers, string Host, int Hops)
{
    /// <summary>Carries <see cref="Hops"/> from graph to graph.</summary>
    public const string HopsHeader = "Slipway-Graph-Hops";

    /// <summary>More is a loop over addresses, which no check of one graph can see.</summary>
    public const int MostHops = 8;

    /// <summary>Steps in the order in which they answered, as NODE/STEP.</summary>
    public ConcurrentQueue<string> Steps { get; } = new();
}
