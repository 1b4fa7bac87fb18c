using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Conditions;

/// <summary>The functions of expressions: those of CEL that make sense on JSON values, <c>parseJson</c> of Kubeflow Pipelines, and our <c>truthy</c>.</summary>
internal static class CelFunctions
{
    private static readonly Dictionary<string, (int Arguments, bool IsMethod, CelType Result)> Known = new(StringComparer.Ordinal)
    {
        ["int"] = (1, false, CelType.Int),
        ["double"] = (1, false, CelType.Double),
        ["string"] = (1, false, CelType.String),
        ["bool"] = (1, false, CelType.Bool),
        ["dyn"] = (1, false, CelType.Dyn),
        ["size"] = (1, false, CelType.Int),
        ["parseJson"] = (1, false, CelType.Dyn),
        ["truthy"] = (1, false, CelType.Bool),
        ["contains"] = (1, true, CelType.Bool),
        ["startsWith"] = (1, true, CelType.Bool),
        ["endsWith"] = (1, true, CelType.Bool),
    };

    public static CelType Check(string name, CelType? target, CelType[] arguments)
    {
        if (name == "size" && target is { } of && arguments.Length == 0)
        {
            return Check(name, null, [of]);
        }

        if (!Known.TryGetValue(name, out var function) || function.IsMethod != target is not null)
        {
            throw new CelException($"there is no function '{name}'; there are: {string.Join(", ", Known.Keys)}");
        }

        if (arguments.Length != function.Arguments)
        {
            throw new CelException($"{name}() takes {function.Arguments} value, not {arguments.Length}");
        }

        var allowed = name switch
        {
            "int" or "double" => arguments[0] is CelType.Dyn or CelType.Int or CelType.Double or CelType.String,
            "string" => arguments[0] is not (CelType.List or CelType.Map or CelType.Null),
            "bool" => arguments[0] is CelType.Dyn or CelType.Bool or CelType.String,
            "size" => arguments[0] is CelType.Dyn or CelType.String or CelType.List or CelType.Map,
            "parseJson" => arguments[0] is CelType.Dyn or CelType.String,
            "contains" or "startsWith" or "endsWith" => target is CelType.Dyn or CelType.String && arguments[0] is CelType.Dyn or CelType.String,
            _ => true,
        };
        return allowed ? function.Result : throw NoOverload(name, arguments[0]);
    }

    public static CelValue Call(string name, CelValue? target, CelValue[] arguments)
    {
        var value = arguments.Length > 0 ? arguments[0] : target!.Value;
        switch (name)
        {
            case "int":
                return CelValue.Of(value.Type switch
                {
                    CelType.Int => value.Int,
                    // Towards zero.
                    CelType.Double => Math.Abs(value.Double) < 9.2233720368547758e18 ? (long)value.Double : throw new CelException($"{value} is no whole number"),
                    CelType.String => long.TryParse(value.String, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : throw new CelException($"'{value}' is no whole number"),
                    _ => throw NoOverload(name, value.Type),
                });
            case "double":
                return CelValue.Of(value.Type switch
                {
                    CelType.Int or CelType.Double => value.Double,
                    CelType.String => double.TryParse(value.String, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new CelException($"'{value}' is no number"),
                    _ => throw NoOverload(name, value.Type),
                });
            case "string":
                return CelValue.Of(value.Type switch
                {
                    CelType.String => value.String,
                    CelType.Bool => value.Bool ? "true" : "false",
                    CelType.Int => value.ToString(),
                    CelType.Double => Numbers.Text(value.Double),
                    _ => throw NoOverload(name, value.Type),
                });
            case "bool":
                return CelValue.Of(value.Type switch
                {
                    CelType.Bool => value.Bool,
                    CelType.String when value.String is "true" or "True" or "TRUE" or "t" or "1" => true,
                    CelType.String when value.String is "false" or "False" or "FALSE" or "f" or "0" => false,
                    CelType.String => throw new CelException($"'{value}' is neither true nor false"),
                    _ => throw NoOverload(name, value.Type),
                });
            case "size":
                return CelValue.Of(value.Type switch
                {
                    CelType.String => (long)value.String.EnumerateRunes().Count(),
                    CelType.List => ((JsonArray)value.Content!).Count,
                    CelType.Map => ((JsonObject)value.Content!).Count,
                    _ => throw NoOverload(name, value.Type),
                });
            case "parseJson":
                return value.Type != CelType.String ? throw NoOverload(name, value.Type)
                    : ParameterValues.Json(value.String).TryGet(out var json, out var problem) ? CelValue.Of(json)
                    : throw new CelException($"parseJson: '{Shorten(value.String)}' {problem.Message}");
            case "truthy":
                return CelValue.Of(IsTruthy(value));
            case "contains" or "startsWith" or "endsWith":
                if (target is not { Type: CelType.String } text || value.Type != CelType.String)
                {
                    throw NoOverload(name, value.Type);
                }

                return CelValue.Of(name switch
                {
                    "contains" => text.String.Contains(value.String, StringComparison.Ordinal),
                    "startsWith" => text.String.StartsWith(value.String, StringComparison.Ordinal),
                    _ => text.String.EndsWith(value.String, StringComparison.Ordinal),
                });
            default:
                return value;
        }
    }

    /// <summary>Whether a value counts as yes: not null, not false, not 0, not empty, not "false".</summary>
    private static bool IsTruthy(CelValue value) => value.Type switch
    {
        CelType.Null => false,
        CelType.Bool => value.Bool,
        CelType.Int or CelType.Double => value.Double != 0,
        CelType.String => value.String.Length > 0 && value.String != "false",
        CelType.List => ((JsonArray)value.Content!).Count > 0,
        _ => true,
    };

    private static CelException NoOverload(string name, CelType type) => new($"no such overload: {name}({CelValue.Name(type)})");

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..37] + "...";
}
