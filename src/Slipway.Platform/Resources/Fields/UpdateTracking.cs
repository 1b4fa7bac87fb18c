using System.Text.Json.Nodes;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>Ownership after a create, replace or patch: the writer takes what it changed, nobody owns what it removed.</summary>
internal static class UpdateTracking
{
    /// <param name="managers">Before the write.</param>
    /// <returns>After it; the same instances where nothing changed.</returns>
    public static List<Manager> Track(
        IReadOnlyList<Manager> managers, JsonObject before, JsonObject after, StructuralSchema schema, Manager writer)
    {
        var changes = FieldChanges.Between(FieldSets.Ownable(before), FieldSets.Ownable(after), schema);
        if (changes.None)
        {
            return [.. managers];
        }

        var touched = changes.Written.Union(changes.Removed);
        var result = new List<Manager>();
        Manager? own = null;
        foreach (var manager in managers)
        {
            if (manager.Is(writer.Name, writer.Operation, writer.Subresource))
            {
                own = manager;
                continue;
            }

            var left = manager.Fields.Except(touched);
            if (!left.IsEmpty)
            {
                result.Add(left.SameAs(manager.Fields) ? manager : manager with { Fields = left });
            }
        }

        var fields = (own?.Fields.Except(changes.Removed) ?? new FieldSet()).Union(changes.Written);
        if (!fields.IsEmpty)
        {
            result.Add(own is not null && own.Fields.SameAs(fields) ? own : writer with { Fields = fields });
        }

        return result;
    }
}
