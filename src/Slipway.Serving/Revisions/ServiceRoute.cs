using Microsoft.AspNetCore.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;
using Slipway.Serving.Trials;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Revisions;

internal sealed record CanaryRoute(LoadedRevision Revision, int Percent);

/// <summary>Where the requests of one service go: immutable, replaced whole. Made once per change, read by every request.</summary>
internal sealed class ServiceRoute
{
    /// <summary>Names the revision that answered; sent back, it keeps the caller with that revision as long as it takes traffic.</summary>
    public const string RevisionHeader = "x-slipway-revision";

    /// <summary>The model version that answered.</summary>
    public const string VersionHeader = "x-slipway-model-version";

    private readonly int[] _percents;
    private readonly CanaryRoute[] _canaries;
    private readonly LoadedRevision[] _mirrored;

    /// <param name="stable">Null while no revision could be loaded yet.</param>
    /// <param name="mirrorAll">Requests also run on every stable or canary revision that did not answer.</param>
    /// <param name="mirrors">Revisions that only ever run mirrored requests.</param>
    /// <param name="kept">Revisions that are only kept warm; reached by their version.</param>
    public ServiceRoute(
        string ns, string name, LoadedRevision? stable, IReadOnlyList<CanaryRoute> canaries, bool mirrorAll, IReadOnlyList<LoadedRevision> mirrors,
        params IReadOnlyList<LoadedRevision> kept)
    {
        (Namespace, Name, Stable) = (ns, name, stable);
        _canaries = stable is null ? [] : [.. canaries];
        _percents = [.. _canaries.Select(c => c.Percent)];
        var used = _canaries.Select(c => c.Revision).Prepend(stable).OfType<LoadedRevision>().Concat(mirrors).Distinct().ToArray();
        Loaded = [.. used.Concat(kept).Distinct()];
        _mirrored = [.. (mirrorAll ? used : mirrors).Distinct()];
        Names = new NameTable(Loaded.SelectMany(r => r.Model.Model.Inputs.Concat(r.Model.Model.Outputs)).Select(s => s.Name));
        FoundAs = name;
    }

    public string Namespace { get; }

    /// <summary>Share of the predictions that the log keeps.</summary>
    public int LogPercent { get; init; } = 100;

    /// <summary>How the service explains when a request says nothing else.</summary>
    public ExplainSettings Explainer { get; init; } = new();

    /// <summary>Share of the answered requests that are mirrored, by their ids.</summary>
    public int MirrorPercent { get; init; } = 100;

    /// <summary>Rules on callers; null without any.</summary>
    public CallerRouting? Callers
    {
        get;
        init
        {
            field = value;
            Names = value is { Parameters.Count: > 0 } ? Names.With(value.Parameters) : Names;
        }
    }

    /// <summary>What is measured for a rollout; null while none is under way.</summary>
    public Trial? Trial { get; init; }

    /// <summary>The name that callers found it by: its own, or <c>latest-NAME</c> and the like for one that is pinned to a revision.</summary>
    public string FoundAs { get; init; }

    /// <summary>Further names, each for one revision alone.</summary>
    public IReadOnlyList<(string Name, LoadedRevision Revision)> Tags { get; init; } = [];

    public bool Logs(string predictionId) => TrafficSplit.IsSampled(predictionId, LogPercent);

    /// <summary>Where payloads go besides; null: nowhere.</summary>
    public LoggerSpec? Logger { get; init; }

    /// <summary>Where requests over HTTP go first; null: to the predictor.</summary>
    public TransformerSpec? Transformer { get; init; }

    /// <summary>A transformer that this server runs; null without one.</summary>
    public CodeRoute? TransformerCode { get; init; }

    /// <summary>An explainer of the user's own; null for the built-in ones.</summary>
    public CodeRoute? ExplainerCode { get; init; }

    /// <param name="role">One of <see cref="CodeSpec"/>'s.</param>
    public CodeRoute? CodeOf(string role) => role == CodeSpec.Transformer ? TransformerCode : ExplainerCode;

    public bool KeepsPayload(string predictionId) => Logger is { } logger && TrafficSplit.IsSampled(predictionId, logger.SamplePercent);

    public string Name { get; }

    public LoadedRevision? Stable { get; }

    public IReadOnlyList<CanaryRoute> Canaries => _canaries;

    /// <summary>Every revision that this route may use, the stable one first.</summary>
    public IReadOnlyList<LoadedRevision> Loaded { get; }

    /// <summary>Names of all inputs and outputs, and of the parameters that the rules on callers look at.</summary>
    public NameTable Names { get; private init; }

    /// <summary>Whether a request that one revision answered also has to run on others.</summary>
    public bool Mirrors => _mirrored.Length > 1 || (_mirrored.Length == 1 && _mirrored[0] != Stable);

    /// <summary>Whether more than one revision may answer, so that a caller is told which one did.</summary>
    public bool HasChoice => _canaries.Length > 0;

    /// <summary>The revision for a caller with a prediction id; null while there is none.</summary>
    /// <param name="id">The prediction id, which decides where nothing else of the call does.</param>
    /// <param name="headers">Of the call; null for one that the server makes itself.</param>
    /// <param name="parameters">Parameters of the request that rules on callers look at; null without any.</param>
    public LoadedRevision? Choose(string id, IHeaderDictionary? headers = null, IReadOnlyList<RoutingValue>? parameters = null)
    {
        if (_percents.Length == 0)
        {
            return Stable;
        }

        var key = id;
        if (headers is not null)
        {
            if ((Callers?.Matched(headers, parameters) ?? Kept(headers)) is { } given)
            {
                return given;
            }

            key = Callers?.KeyOf(headers, parameters) ?? id;
        }

        var place = TrafficSplit.Choose(TrafficSplit.BucketOf(key), _percents);
        return place < 0 ? Stable : _canaries[place].Revision;
    }

    /// <summary>The loaded revision of that model version, or null.</summary>
    public LoadedRevision? OfVersion(string version) => Loaded.FirstOrDefault(r => r.VersionText == version);

    /// <summary>Which revisions run the request once more.</summary>
    public IEnumerable<LoadedRevision> MirrorsOf(LoadedRevision answered) => _mirrored.Where(r => r != answered);

    /// <summary>The route of one tag: this service's model, and only that revision of it.</summary>
    public ServiceRoute PinnedTo(string tag, LoadedRevision revision) =>
        new(Namespace, Name, revision, [], false, []) { LogPercent = LogPercent, Logger = Logger, Explainer = Explainer, ExplainerCode = ExplainerCode, FoundAs = tag };

    /// <summary>The revision that answered this caller before, if it still takes traffic: one that was taken back gets none, whoever asks.</summary>
    private LoadedRevision? Kept(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(RevisionHeader, out var values) || values.Count == 0 || values[0] is not { } name)
        {
            return null;
        }

        if (Stable?.Name == name)
        {
            return Stable;
        }

        foreach (var canary in _canaries)
        {
            if (canary.Percent > 0 && canary.Revision.Name == name)
            {
                return canary.Revision;
            }
        }

        return null;
    }
}
