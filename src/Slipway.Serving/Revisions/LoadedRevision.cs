using System.Globalization;
using Slipway.Serving.Batching;
using Slipway.Serving.Models;
using Slipway.Serving.Statistics;

namespace Slipway.Serving.Revisions;

/// <summary>A revision with its model in memory.</summary>
internal sealed class LoadedRevision(Revision revision, SharedModel model, ModelStatistics statistics, LaneFactory lanes)
{
    public Revision Revision { get; } = revision;

    public SharedModel Model { get; } = model;

    public ModelStatistics Statistics { get; } = statistics;

    /// <summary>The way to the model for every request, which must have acquired it before.</summary>
    public Lane Lane { get; } = lanes.Make(model, statistics, TagsOf(revision));

    public int ModelVersion => Revision.ModelVersion;

    /// <summary>The revision's name, made once.</summary>
    public string Name { get; } = revision.Name;

    /// <summary>The version as the protocol writes it: a string.</summary>
    public string VersionText { get; } = revision.VersionText;

    /// <summary>Labels of its metrics, made once.</summary>
    public KeyValuePair<string, object?>[] Tags { get; } = TagsOf(revision);

    private static KeyValuePair<string, object?>[] TagsOf(Revision revision) =>
    [
        new("namespace", revision.Namespace), new("model", revision.Service),
        new("version", revision.ModelVersion.ToString(CultureInfo.InvariantCulture)),
    ];
}
