using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Fields;

/// <summary>The object and its managers after an apply.</summary>
internal sealed record Applied(JsonObject Object, List<Manager> Managers);

/// <summary>
/// Server-side apply: the caller says everything it wants to own. Its values are merged in, a value that another manager owns and that
/// would change is a conflict (or is taken over by force), and what the caller owned before but no longer names goes away.
/// </summary>
internal static class ServerSideApply
{
    /// <param name="live">The object as stored, without the members that this request does not write taken out; empty when it is created.</param>
    /// <param name="wanted">The caller's object, already reduced to what it may write (<see cref="FieldSets.Ownable"/>).</param>
    /// <param name="writer">Name, operation Apply, version, subresource and time; its fields are not read.</param>
    /// <param name="yielded">Fields that may be taken over without force; see <see cref="LastApplied"/>.</param>
    public static Result<Applied> Run(
        JsonObject live, JsonObject wanted, IReadOnlyList<Manager> managers, StructuralSchema schema, Manager writer, bool force, FieldSet? yielded = null)
    {
        var fields = FieldSets.Of(wanted, schema);
        var own = managers.FirstOrDefault(m => m.Is(writer.Name, writer.Operation, writer.Subresource));
        var others = managers.Where(m => !ReferenceEquals(m, own)).ToList();

        var merged = ApplyMerge.Merge(live, wanted, schema);
        var changed = FieldChanges.Between(FieldSets.Ownable(live), FieldSets.Ownable(merged), schema).Written;
        var conflicts = others.Select(m => (Manager: m, Fields: m.Fields.Intersect(changed))).Where(c => !c.Fields.IsEmpty && c.Fields.Paths().Any()).ToList();
        var open = yielded is null
            ? conflicts
            : conflicts.Select(c => (c.Manager, Fields: c.Fields.Except(yielded))).Where(c => c.Fields.Paths().Any()).ToList();
        if (open.Count > 0 && !force)
        {
            return Refuse(open);
        }

        foreach (var (manager, lost) in conflicts)
        {
            var left = manager.Fields.Except(lost);
            others[others.IndexOf(manager)] = manager with { Fields = left };
        }

        others.RemoveAll(m => m.Fields.IsEmpty);
        if (own is not null)
        {
            ApplyMerge.Prune(merged, own.Fields, fields, [.. others.Select(m => m.Fields)], schema);
        }

        others.Add(own is not null && own.Fields.SameAs(fields) ? own : writer with { Fields = fields });
        return new Applied(merged, others);
    }

    private static Problem Refuse(List<(Manager Manager, FieldSet Fields)> conflicts)
    {
        var faults = new List<Fault>();
        foreach (var (manager, fields) in conflicts)
        {
            var via = manager.Operation == "Apply" ? "" : $" using {manager.ApiVersion}";
            var sub = manager.Subresource.Length > 0 ? $" with subresource \"{manager.Subresource}\"" : "";
            faults.AddRange(fields.Paths().Select(p => new Fault(p, $"conflict with \"{manager.Name}\"{sub}{via}")));
        }

        var count = faults.Count == 1 ? "1 conflict" : $"{faults.Count} conflicts";
        return Problem.Conflict($"Apply failed with {count}: {string.Join("; ", faults.Select(f => $"{f.Message}: {f.Path}"))}") with { Faults = faults };
    }
}
