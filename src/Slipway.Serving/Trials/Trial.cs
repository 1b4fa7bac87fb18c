using System.Collections.Concurrent;

namespace Slipway.Serving.Trials;

/// <summary>What is measured while a rollout is under way: the figures of every revision of one service since the present step began.</summary>
/// <param name="epoch">Which step of which rollout: figures of different ones are never mixed.</param>
internal sealed class Trial(string ns, string service, string epoch)
{
    private readonly ConcurrentDictionary<int, RevisionFigures> _revisions = new();

    public string Namespace { get; } = ns;

    public string Service { get; } = service;

    public string Epoch { get; } = epoch;

    public IEnumerable<KeyValuePair<int, RevisionFigures>> Revisions => _revisions;

    public RevisionFigures Of(int revision) => _revisions.GetOrAdd(revision, static _ => new RevisionFigures());
}

/// <summary>The trials of this process, one per service at most.</summary>
internal sealed class TrialTable
{
    private readonly ConcurrentDictionary<(string Namespace, string Service), Trial> _all = new();

    public IEnumerable<Trial> All => _all.Values;

    public Trial? Find(string ns, string service) => _all.GetValueOrDefault((ns, service));

    /// <summary>The trial of the epoch: the one under way, or a new one.</summary>
    public Trial Enter(string ns, string service, string epoch) => _all.AddOrUpdate(
        (ns, service), _ => new Trial(ns, service, epoch), (_, present) => present.Epoch == epoch ? present : new Trial(ns, service, epoch));

    public void Leave(string ns, string service) => _all.TryRemove((ns, service), out _);
}
