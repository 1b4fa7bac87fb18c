namespace Slipway.Platform.Http.Mlflow.Graph;

internal enum GraphValueKind
{
    Null, Flag, Number, Text, Word, List, Object, Variable,
}

/// <summary>A value as it stands in a query. <paramref name="Text"/> is the number, text, name of an enum's value or of a variable.</summary>
internal sealed record GraphValue(GraphValueKind Kind, string Text = "", IReadOnlyList<GraphValue>? Items = null, IReadOnlyList<KeyValuePair<string, GraphValue>>? Members = null);

/// <summary>What is asked for inside a pair of braces: a field, a fragment by name, or one written out.</summary>
internal abstract record GraphSelection(IReadOnlyList<GraphDirective> Directives);

internal sealed record GraphField(
    string Name, string? Alias, IReadOnlyList<KeyValuePair<string, GraphValue>> Arguments, IReadOnlyList<GraphDirective> Directives, IReadOnlyList<GraphSelection>? Selections)
    : GraphSelection(Directives)
{
    public string Key => Alias ?? Name;
}

internal sealed record GraphSpread(string Fragment, IReadOnlyList<GraphDirective> Directives) : GraphSelection(Directives);

internal sealed record GraphInline(IReadOnlyList<GraphDirective> Directives, IReadOnlyList<GraphSelection> Selections) : GraphSelection(Directives);

internal sealed record GraphDirective(string Name, IReadOnlyList<KeyValuePair<string, GraphValue>> Arguments);

/// <param name="Kind"><c>query</c>, <c>mutation</c> or <c>subscription</c>.</param>
internal sealed record GraphOperation(string Kind, string? Name, IReadOnlyList<KeyValuePair<string, GraphValue?>> Variables, IReadOnlyList<GraphSelection> Selections);

internal sealed record GraphDocument(IReadOnlyList<GraphOperation> Operations, IReadOnlyDictionary<string, IReadOnlyList<GraphSelection>> Fragments);

/// <summary>A query that cannot be answered, in words for its caller.</summary>
internal sealed class GraphException(string message) : Exception(message);
