using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>Decides whether a part of the pipeline runs. Made of comparisons, <c>&amp;</c>, <c>|</c> and <c>!</c>.</summary>
public sealed class Condition
{
    private readonly Func<Func<ParameterReference, string>, string> _write;

    private Condition(IReadOnlyList<ParameterReference> values, Func<Func<ParameterReference, string>, string> write) => (Values, _write) = (values, write);

    internal IReadOnlyList<ParameterReference> Values { get; }

    public static Condition operator &(Condition left, Condition right) => new([.. left.Values, .. right.Values], name => $"({left.Write(name)}) && ({right.Write(name)})");

    public static Condition operator |(Condition left, Condition right) => new([.. left.Values, .. right.Values], name => $"({left.Write(name)}) || ({right.Write(name)})");

    public static Condition operator !(Condition condition) => new(condition.Values, name => $"!({condition.Write(name)})");

    public static Condition And(Condition left, Condition right) => left & right;

    public static Condition Or(Condition left, Condition right) => left | right;

    public static Condition Not(Condition condition) => !condition;

    internal static Condition Compare(ParameterReference left, string sign, object? right)
    {
        var literal = ClrTypes.Literal(right, left.Type);
        return new Condition([left], name => $"{Operand(left, name(left))} {sign} {literal}");
    }

    /// <param name="name">The task's input that holds a value.</param>
    internal string Write(Func<ParameterReference, string> name) => _write(name);

    // Numbers travel as doubles; a whole one is made whole again before it is compared with one.
    private static string Operand(ParameterReference value, string name) =>
        value.Type == ParameterType.NumberInteger ? $"int(inputs.parameter_values['{name}'])" : $"inputs.parameter_values['{name}']";
}
