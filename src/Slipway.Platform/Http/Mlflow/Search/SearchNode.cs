namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>A parsed filter. Pure: what the keys mean, and the SQL, belongs to whoever searches.</summary>
public abstract record SearchNode;

/// <summary>All of <paramref name="Nodes"/>; at least two.</summary>
public sealed record AllOf(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <summary>Any of <paramref name="Nodes"/>; at least two. MLflow has no OR: this is our extension.</summary>
public sealed record AnyOf(IReadOnlyList<SearchNode> Nodes) : SearchNode;

/// <param name="Column">Where the comparison starts in the filter, from 1.</param>
public sealed record SearchClause(SearchKey Key, Comparison Comparison, SearchValue Value, int Column) : SearchNode;

/// <param name="Entity">What stands before the first dot, as written: <c>metrics</c>; null when there is no dot, which means an attribute.</param>
/// <param name="Name">The rest, without its quotes.</param>
public sealed record SearchKey(string? Entity, string Name, int Column)
{
    public override string ToString() => Entity is null ? Name : $"{Entity}.{Name}";
}

public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,
    RLike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

public enum SearchValueKind
{
    /// <summary>In single or double quotes.</summary>
    Text,
    Number,

    /// <summary>Neither quoted nor a number, such as <c>true</c>.</summary>
    Word,

    /// <summary>Quoted texts in parentheses.</summary>
    List,

    /// <summary>After IS NULL and IS NOT NULL.</summary>
    None,
}

/// <param name="Written">As it stood in the filter, for messages.</param>
public sealed record SearchValue(SearchValueKind Kind, string Text, double Number, IReadOnlyList<string> Items, string Written)
{
    public static SearchValue None { get; } = new(SearchValueKind.None, "", 0, [], "");
}

/// <param name="Ascending">True unless <c>DESC</c> follows.</param>
public sealed record OrderTerm(SearchKey Key, bool Ascending);
