using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>
/// What kubectl applied last from the client's side, by the annotation it leaves. When the same person goes over to server-side apply, those fields
/// are held by another manager's name (kubectl-client-side-apply) although they are hers: they yield, unless somebody changed them since.
/// </summary>
internal static class LastApplied
{
    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The field manager that kubectl applies with on the server's side unless told otherwise.</summary>
    private const string Kubectl = "kubectl";

    public static FieldSet? Yielded(JsonObject live, Manager writer, StructuralSchema schema)
    {
        if (writer.Name != Kubectl || live["metadata"]?["annotations"]?[Annotation] is not JsonValue value || !value.TryGetValue<string>(out var text))
        {
            return null;
        }

        try
        {
            // Count looks in, so that a member that stands there twice shows here.
            if (JsonNode.Parse(text) is not JsonObject { Count: > 0 } applied)
            {
                return null;
            }

            var own = FieldSets.Ownable(applied);
            var changedSince = FieldChanges.Between(FieldSets.Ownable(live), ApplyMerge.Merge(FieldSets.Ownable(live), own, schema), schema).Written;
            return FieldSets.Of(own, schema).Except(changedSince);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
