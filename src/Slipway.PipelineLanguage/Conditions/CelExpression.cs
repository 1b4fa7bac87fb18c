namespace Slipway.PipelineLanguage.Conditions;

/// <summary>A parsed expression.</summary>
internal abstract record CelExpression
{
    private CelExpression()
    {
    }

    public sealed record Literal(CelValue Value) : CelExpression;

    public sealed record Variable(string Name) : CelExpression;

    public sealed record Field(CelExpression Of, string Name) : CelExpression;

    public sealed record Index(CelExpression Of, CelExpression Key) : CelExpression;

    /// <summary>A function, or a method of <paramref name="Target"/>.</summary>
    public sealed record Call(string Function, CelExpression? Target, IReadOnlyList<CelExpression> Arguments) : CelExpression;

    /// <summary>A sign with one or two operands.</summary>
    public sealed record Operation(string Sign, CelExpression Left, CelExpression? Right) : CelExpression;

    public sealed record Choice(CelExpression If, CelExpression Then, CelExpression Else) : CelExpression;

    public sealed record List(IReadOnlyList<CelExpression> Items) : CelExpression;

    /// <summary>Every variable and every chain of fields and indexes with constant keys that starts at one, such as <c>inputs.parameter_values['x']</c>.</summary>
    public IEnumerable<CelExpression> Parts() => this switch
    {
        Field field => field.Of.Parts().Prepend(this),
        Index index => index.Of.Parts().Concat(index.Key.Parts()).Prepend(this),
        Call call => (call.Target?.Parts() ?? []).Concat(call.Arguments.SelectMany(a => a.Parts())).Prepend(this),
        Operation operation => operation.Left.Parts().Concat(operation.Right?.Parts() ?? []).Prepend(this),
        Choice choice => choice.If.Parts().Concat(choice.Then.Parts()).Concat(choice.Else.Parts()).Prepend(this),
        List list => list.Items.SelectMany(i => i.Parts()).Prepend(this),
        _ => [this],
    };
}
