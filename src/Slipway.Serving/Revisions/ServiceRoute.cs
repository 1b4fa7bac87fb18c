using Slipway.Serving.Domain;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Revisions;

internal sealed record CanaryRoute(LoadedRevision Revision, int Percent);

/// <summary>Where the requests of one service go: immutable, replaced whole. Made once per change, read by every request.</summary>
internal sealed class ServiceRoute
{
    private readonly int[] _percents;
    private readonly CanaryRoute[] _canaries;
    private readonly LoadedRevision[] _mirrored;

    /// <param name="stable">Null while no revision could be loaded yet.</param>
    /// <param name="mirrorAll">Requests also run on every stable or canary revision that did not answer.</param>
    /// <param name="mirrors">Revisions that only ever run mirrored requests.</param>
    public ServiceRoute(
        string ns, string name, LoadedRevision? stable, IReadOnlyList<CanaryRoute> canaries, bool mirrorAll, IReadOnlyList<LoadedRevision> mirrors)
    {
        (Namespace, Name, Stable) = (ns, name, stable);
        _canaries = stable is null ? [] : [.. canaries];
        _percents = [.. _canaries.Select(c => c.Percent)];
        Loaded = [.. _canaries.Select(c => c.Revision).Prepend(stable).OfType<LoadedRevision>().Concat(mirrors).Distinct()];
        _mirrored = [.. (mirrorAll ? Loaded : mirrors).Distinct()];
        Names = new NameTable(Loaded.SelectMany(r => r.Model.Model.Inputs.Concat(r.Model.Model.Outputs)).Select(s => s.Name));
    }

    public string Namespace { get; }

    /// <summary>Share of the predictions that the log keeps.</summary>
    public int LogPercent { get; init; } = 100;

    /// <summary>How the service explains when a request says nothing else.</summary>
    public ExplainSettings Explainer { get; init; } = new();

    public bool Logs(string predictionId) => TrafficSplit.IsSampled(predictionId, LogPercent);

    /// <summary>Where payloads go besides; null: nowhere.</summary>
    public LoggerSpec? Logger { get; init; }

    public bool KeepsPayload(string predictionId) => Logger is { } logger && TrafficSplit.IsSampled(predictionId, logger.SamplePercent);

    public string Name { get; }

    public LoadedRevision? Stable { get; }

    public IReadOnlyList<CanaryRoute> Canaries => _canaries;

    /// <summary>Every revision that this route may use, the stable one first.</summary>
    public IReadOnlyList<LoadedRevision> Loaded { get; }

    /// <summary>Names of all inputs and outputs.</summary>
    public NameTable Names { get; }

    /// <summary>Whether a request that one revision answered also has to run on others.</summary>
    public bool Mirrors => _mirrored.Length > 1 || (_mirrored.Length == 1 && _mirrored[0] != Stable);

    /// <summary>The revision for a prediction id; null while there is none.</summary>
    public LoadedRevision? Choose(string id)
    {
        if (_percents.Length == 0)
        {
            return Stable;
        }

        var place = TrafficSplit.Choose(TrafficSplit.BucketOf(id), _percents);
        return place < 0 ? Stable : _canaries[place].Revision;
    }

    /// <summary>The loaded revision of that model version, or null.</summary>
    public LoadedRevision? OfVersion(string version) => Loaded.FirstOrDefault(r => r.VersionText == version);

    /// <summary>Which revisions run the request once more.</summary>
    public IEnumerable<LoadedRevision> MirrorsOf(LoadedRevision answered) => _mirrored.Where(r => r != answered);
}
