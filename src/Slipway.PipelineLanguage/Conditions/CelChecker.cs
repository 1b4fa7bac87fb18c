namespace Slipway.PipelineLanguage.Conditions;

/// <summary>
/// What can be said of an expression before it is evaluated: operands whose types are known and do not fit ("no such overload"), functions and variables that
/// do not exist. The evaluator runs it first, as CEL does, so that <c>1 == 1.0</c> fails however it would come out.
/// </summary>
internal sealed class CelChecker(IReadOnlyDictionary<string, CelType> variables)
{
    /// <exception cref="CelException">It cannot be evaluated, whatever the values.</exception>
    public CelType Check(CelExpression expression)
    {
        switch (expression)
        {
            case CelExpression.Literal literal:
                return literal.Value.Type;
            case CelExpression.Variable variable:
                return variables.TryGetValue(variable.Name, out var type) ? type : throw new CelException($"there is no variable '{variable.Name}'; there are: {string.Join(", ", variables.Keys)}");
            case CelExpression.Field field:
                return Member(Check(field.Of), $".{field.Name}");
            case CelExpression.Index index:
                Check(index.Key);
                return Member(Check(index.Of), "[...]");
            case CelExpression.List list:
                foreach (var item in list.Items)
                {
                    Check(item);
                }

                return CelType.List;
            case CelExpression.Choice choice:
                Need(CelType.Bool, Check(choice.If), "? :");
                var (then, other) = (Check(choice.Then), Check(choice.Else));
                return then == other ? then : CelType.Dyn;
            case CelExpression.Call call:
                return CelFunctions.Check(call.Function, call.Target is null ? null : Check(call.Target), [.. call.Arguments.Select(Check)]);
            default:
                return Operation((CelExpression.Operation)expression);
        }
    }

    private CelType Operation(CelExpression.Operation operation)
    {
        var left = Check(operation.Left);
        if (operation.Right is null)
        {
            return operation.Sign == "!" ? Need(CelType.Bool, left, "!") : left is CelType.Dyn or CelType.Int or CelType.Double ? left : throw new CelException($"no such overload: -{CelValue.Name(left)}");
        }

        var right = Check(operation.Right);
        switch (operation.Sign)
        {
            case "&&" or "||":
                Need(CelType.Bool, left, operation.Sign);
                return Need(CelType.Bool, right, operation.Sign);
            case "==" or "!=":
                return Same(left, right) || left == CelType.Null || right == CelType.Null ? CelType.Bool : throw NoOverload(left, operation.Sign, right);
            case "<" or "<=" or ">" or ">=":
                return Same(left, right) && Ordered(left) && Ordered(right) ? CelType.Bool : throw NoOverload(left, operation.Sign, right);
            case "in":
                return right is CelType.Dyn or CelType.List or CelType.Map ? CelType.Bool : throw NoOverload(left, "in", right);
            default:
                var known = left == CelType.Dyn ? right : left;
                var allowed = known is CelType.Dyn or CelType.Int or CelType.Double || (operation.Sign == "+" && known is CelType.String or CelType.List);
                return Same(left, right) && allowed && !(operation.Sign == "%" && known == CelType.Double) ? known : throw NoOverload(left, operation.Sign, right);
        }
    }

    private static bool Same(CelType left, CelType right) => left == right || left == CelType.Dyn || right == CelType.Dyn;

    private static bool Ordered(CelType type) => type is CelType.Dyn or CelType.Bool or CelType.Int or CelType.Double or CelType.String;

    private static CelType Need(CelType needed, CelType found, string sign) =>
        found == needed || found == CelType.Dyn ? needed : throw new CelException($"no such overload: '{sign}' needs {CelValue.Name(needed)}, not {CelValue.Name(found)}");

    private static CelType Member(CelType of, string what) =>
        of is CelType.Dyn or CelType.Map or CelType.List ? CelType.Dyn : throw new CelException($"{CelValue.Name(of)} has no {what}");

    private static CelException NoOverload(CelType left, string sign, CelType right) => new($"no such overload: {CelValue.Name(left)} {sign} {CelValue.Name(right)}");
}
