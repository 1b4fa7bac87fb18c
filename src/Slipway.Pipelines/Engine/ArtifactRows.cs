using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

internal static class ArtifactRows
{
    /// <param name="newId">For artifacts that have no id yet.</param>
    public static IEnumerable<ArtifactRow> Of(
        string runId, string ns, LiveTask task, string direction, TaskValues? values, long now, Func<string> newId)
    {
        foreach (var (name, list) in values?.Artifacts ?? new Dictionary<string, IReadOnlyList<Artifact>>())
        {
            for (var i = 0; i < list.Count; i++)
            {
                yield return new ArtifactRow(runId, task.Path, direction, name, i)
                {
                    Id = list[i].Id ?? newId(),
                    Namespace = ns,
                    Type = list[i].Type.Title,
                    Uri = list[i].Uri,
                    Digest = list[i].Digest,
                    Bytes = list[i].Bytes,
                    Metadata = list[i].Metadata.ToJsonString(),
                    Created = now,
                };
            }
        }
    }
}
