namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>One member of the answer. <paramref name="Type"/> is null for <c>__typename</c>.</summary>
internal sealed record GraphNode(string Key, GraphFieldType? Type, string Parent, IReadOnlyList<GraphNode> Children);

/// <summary>A field at the root; <paramref name="Root"/> is null for <c>__typename</c> and the echo that MLflow's own clients test with.</summary>
internal sealed record GraphPlannedRoot(GraphField Field, GraphRoot? Root, IReadOnlyList<GraphNode> Children);

/// <summary>
/// Checks every name of a query against the schema and unfolds its fragments. All that is wrong is told at once, and then nothing is run.
/// </summary>
internal sealed class GraphPlan
{
    private const string TypeName = "__typename";
    private const string Echo = "test";

    // Fragments in fragments unfold to more than the document holds.
    private const int MostUnfolded = GraphLimits.MostSelections * 4;

    private readonly GraphDocument _document;
    private readonly GraphVariables _variables;
    private readonly List<string> _errors = [];
    private int _unfolded;

    private GraphPlan(GraphDocument document, GraphVariables variables) => (_document, _variables) = (document, variables);

    /// <exception cref="GraphException">Fragments without end, or a directive without its value.</exception>
    public static (IReadOnlyList<GraphPlannedRoot> Roots, IReadOnlyList<string> Errors) Make(
        GraphDocument document, GraphOperation operation, GraphVariables variables)
    {
        var plan = new GraphPlan(document, variables);
        return (plan.Roots(operation), plan._errors);
    }

    private List<GraphPlannedRoot> Roots(GraphOperation operation)
    {
        var roots = new List<GraphPlannedRoot>();
        foreach (var field in Merged(operation.Selections, []))
        {
            if (field.Name is Echo or "testMutation" or TypeName)
            {
                roots.Add(new GraphPlannedRoot(field, null, field.Name == TypeName ? [] : Children(field, "Test")));
            }
            else if (GraphSchema.Root(field.Name) is { } root)
            {
                CheckInput(field, root);
                roots.Add(new GraphPlannedRoot(field, root, Children(field, root.Type)));
            }
            else
            {
                _errors.Add(field.Name is "__schema" or "__type"
                    ? "This server does not describe its schema: it has the fields that MLflow's pages ask for."
                    : $"Cannot query field '{field.Name}' on type '{(operation.Kind == "mutation" ? "Mutation" : "Query")}'.");
            }
        }

        return roots;
    }

    private void CheckInput(GraphField field, GraphRoot root)
    {
        foreach (var (name, value) in field.Arguments)
        {
            if (name != "input")
            {
                _errors.Add($"Unknown argument '{name}' on field 'Query.{field.Name}'.");
            }

            foreach (var (member, _) in value.Members ?? [])
            {
                if (!root.Takes.Contains(member))
                {
                    _errors.Add($"Field '{member}' is not defined by type 'M{field.Name[1..]}Input'.");
                }
            }
        }
    }

    private List<GraphNode> Children(GraphField field, string type)
    {
        if (field.Selections is null)
        {
            _errors.Add($"Field '{field.Name}' of type '{type}' must have a selection of subfields. Did you mean '{field.Name} {{ ... }}'?");
            return [];
        }

        var (nodes, known) = (new List<GraphNode>(), GraphSchema.Fields(type));
        foreach (var child in Merged(field.Selections, []))
        {
            if (child.Name == TypeName)
            {
                nodes.Add(new GraphNode(child.Key, null, type, []));
            }
            else if (!known.TryGetValue(child.Name, out var found))
            {
                _errors.Add($"Cannot query field '{child.Name}' on type '{type}'.");
            }
            else if (found.Type is { } of)
            {
                nodes.Add(new GraphNode(child.Key, found, type, Children(child, of)));
            }
            else if (child.Selections is not null)
            {
                _errors.Add($"Field '{child.Name}' must not have a selection since it has no subfields.");
            }
            else
            {
                nodes.Add(new GraphNode(child.Key, found, type, []));
            }
        }

        return nodes;
    }

    /// <summary>Fields with the same key become one that asks for what each of them asked.</summary>
    private IEnumerable<GraphField> Merged(IReadOnlyList<GraphSelection> selections, IReadOnlyList<string> within)
    {
        var byKey = new Dictionary<string, GraphField>(StringComparer.Ordinal);
        foreach (var field in Unfold(selections, within))
        {
            if (!byKey.TryGetValue(field.Key, out var before))
            {
                byKey.Add(field.Key, field);
            }
            else if (before.Name != field.Name)
            {
                _errors.Add($"Fields '{field.Key}' conflict because '{before.Name}' and '{field.Name}' are different fields. Use different aliases.");
            }
            else
            {
                byKey[field.Key] = before with { Selections = before.Selections is null ? field.Selections : [.. before.Selections, .. field.Selections ?? []] };
            }
        }

        return byKey.Values;
    }

    private IEnumerable<GraphField> Unfold(IReadOnlyList<GraphSelection> selections, IReadOnlyList<string> within)
    {
        foreach (var selection in selections.Where(_variables.Wants))
        {
            if (++_unfolded > MostUnfolded)
            {
                throw new GraphException($"Query exceeds maximum total selections of {GraphLimits.MostSelections} once its fragments are unfolded");
            }

            switch (selection)
            {
                case GraphField field:
                    yield return field;
                    break;
                case GraphInline inline:
                    foreach (var field in Unfold(inline.Selections, within))
                    {
                        yield return field;
                    }

                    break;
                case GraphSpread spread when within.Contains(spread.Fragment):
                    throw new GraphException($"Cannot spread fragment '{spread.Fragment}' within itself.");
                case GraphSpread spread:
                    foreach (var field in Unfold(Fragment(spread.Fragment), [.. within, spread.Fragment]))
                    {
                        yield return field;
                    }

                    break;
            }
        }
    }

    private IReadOnlyList<GraphSelection> Fragment(string name) =>
        _document.Fragments.TryGetValue(name, out var selections) ? selections : throw new GraphException($"Unknown fragment '{name}'.");
}
