using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Conditions;

/// <summary>The expressions of the IR: conditions of tasks and selectors of parameters. An expression that has no value is a problem, never a "no".</summary>
public static class Expressions
{
    private static readonly Dictionary<string, CelType> ConditionVariables = new(StringComparer.Ordinal) { ["inputs"] = CelType.Map, ["outputs"] = CelType.Map };

    private static readonly Dictionary<string, CelType> SelectorVariables = new(StringComparer.Ordinal)
    {
        ["null_value"] = CelType.Dyn,
        ["number_value"] = CelType.Double,
        ["string_value"] = CelType.String,
        ["bool_value"] = CelType.Bool,
        ["struct_value"] = CelType.Map,
        ["list_value"] = CelType.List,
    };

    /// <summary>Whether a task whose inputs have these values runs.</summary>
    public static Result<bool> Condition(string condition, TaskValues inputs) => Guard(condition, () =>
    {
        var expression = CelParser.Parse(condition);
        new CelChecker(ConditionVariables).Check(expression);
        var value = new CelEvaluator(new Dictionary<string, CelValue> { ["inputs"] = CelValue.Of(Inputs(inputs)), ["outputs"] = CelValue.Of(new JsonObject()) }).Evaluate(expression);
        return value.Type == CelType.Bool ? value.Bool : throw new CelException($"it must be true or false, and is {CelValue.Name(value.Type)}");
    });

    /// <summary>The part of a value that a selector picks, such as <c>parseJson(string_value)["key"]</c>.</summary>
    public static Result<JsonNode?> Select(string selector, JsonNode? value) => Guard(selector, () =>
    {
        var expression = CelParser.Parse(selector);
        new CelChecker(SelectorVariables).Check(expression);
        var set = CelValue.Of(ParameterValues.Plain(value));
        var variables = SelectorVariables.ToDictionary(v => v.Key, _ => (CelValue?)null, StringComparer.Ordinal);
        variables[set.Type switch
        {
            CelType.Null => "null_value",
            CelType.Bool => "bool_value",
            CelType.String => "string_value",
            CelType.List => "list_value",
            CelType.Map => "struct_value",
            _ => "number_value",
        }] = set;
        // Whatever the value is, its text is there.
        variables["string_value"] = CelValue.Of(ParameterValues.ToText(value));
        foreach (var used in expression.Parts().OfType<CelExpression.Variable>())
        {
            if (variables[used.Name] is null)
            {
                throw new CelException($"'{used.Name}' is not set: the value is {CelValue.Name(set.Type)}");
            }
        }

        return new CelEvaluator(variables.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!.Value)).Evaluate(expression).ToJson();
    });

    /// <summary>Null, or why a condition can never be evaluated.</summary>
    public static string? ConditionFault(string condition) => Fault(condition, ConditionVariables);

    /// <summary>Null, or why a selector can never be evaluated.</summary>
    public static string? SelectorFault(string selector) => Fault(selector, SelectorVariables);

    /// <summary>The input parameters and artifacts that a condition names; none when it cannot be read.</summary>
    public static IReadOnlyList<(string Name, bool IsArtifact)> InputsNamed(string condition)
    {
        try
        {
            return
            [
                .. CelParser.Parse(condition).Parts().Select(part => part switch
                {
                    CelExpression.Index { Key: CelExpression.Literal { Value: { Type: CelType.String } key }, Of: CelExpression.Field { Of: CelExpression.Variable { Name: "inputs" } } of } => (of.Name, Key: key.String),
                    CelExpression.Field { Of: CelExpression.Field { Of: CelExpression.Variable { Name: "inputs" } } of } field => (of.Name, Key: field.Name),
                    _ => default,
                }).Where(p => p.Name is "parameter_values" or "parameters" or "artifacts").Select(p => (p.Key, p.Name == "artifacts")).Distinct(),
            ];
        }
        catch (CelException)
        {
            return [];
        }
    }

    private static JsonObject Inputs(TaskValues inputs) => new()
    {
        ["parameter_values"] = new JsonObject(inputs.Parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))),
        // Of old: a message with a field for each type, the others at their zero.
        ["parameters"] = new JsonObject(inputs.Parameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)new JsonObject
        {
            ["int_value"] = Numbers.TryLong(p.Value, out var whole) ? whole : 0,
            ["double_value"] = Numbers.TryDouble(p.Value, out var number) ? number : 0,
            ["string_value"] = ParameterValues.ToText(p.Value),
        }))),
        ["artifacts"] = new JsonObject(inputs.Artifacts.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)new JsonObject
        {
            ["artifacts"] = new JsonArray([.. a.Value.Select(artifact => new JsonObject
            {
                ["name"] = artifact.Name,
                ["type"] = new JsonObject { ["schema_title"] = artifact.Type.Title, ["schema_version"] = artifact.Type.SchemaVersion },
                ["uri"] = artifact.ToldUri,
                ["metadata"] = artifact.Metadata.DeepClone(),
            })]),
        }))),
    };

    private static string? Fault(string text, IReadOnlyDictionary<string, CelType> variables) =>
        Guard(text, () => new CelChecker(variables).Check(CelParser.Parse(text))).Problem?.Message;

    private static Result<T> Guard<T>(string text, Func<T> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (CelException fault)
        {
            return Problem.Invalid($"the expression {(text.Length <= 200 ? text : text[..197] + "...")} cannot be evaluated: {fault.Message}");
        }
    }
}
