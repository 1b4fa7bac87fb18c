using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Conditions;

/// <summary>Evaluates a checked expression over the given variables.</summary>
internal sealed class CelEvaluator(IReadOnlyDictionary<string, CelValue> variables)
{
    /// <exception cref="CelException">It has no value.</exception>
    public CelValue Evaluate(CelExpression expression)
    {
        switch (expression)
        {
            case CelExpression.Literal literal:
                return literal.Value;
            case CelExpression.Variable variable:
                return variables[variable.Name];
            case CelExpression.Field field:
                return Member(Evaluate(field.Of), CelValue.Of(field.Name));
            case CelExpression.Index index:
                return Member(Evaluate(index.Of), Evaluate(index.Key));
            case CelExpression.List list:
                return CelValue.Of(new JsonArray([.. list.Items.Select(i => Evaluate(i).ToJson())]));
            case CelExpression.Choice choice:
                return Evaluate(Bool(Evaluate(choice.If), "? :") ? choice.Then : choice.Else);
            case CelExpression.Call call:
                return CelFunctions.Call(call.Function, call.Target is null ? null : Evaluate(call.Target), [.. call.Arguments.Select(Evaluate)]);
            default:
                return Operation((CelExpression.Operation)expression);
        }
    }

    private CelValue Operation(CelExpression.Operation operation)
    {
        if (operation.Sign is "&&" or "||")
        {
            return Logic(operation);
        }

        var left = Evaluate(operation.Left);
        if (operation.Right is null)
        {
            return operation.Sign == "!" ? CelValue.Of(!Bool(left, "!")) : left.Type switch
            {
                CelType.Int => CelValue.Of(Exact(() => checked(-left.Int))),
                CelType.Double => CelValue.Of(-left.Double),
                _ => throw new CelException($"no such overload: -{CelValue.Name(left.Type)}"),
            };
        }

        var right = Evaluate(operation.Right);
        return operation.Sign switch
        {
            "==" => CelValue.Of(left.EqualTo(right)),
            "!=" => CelValue.Of(!left.EqualTo(right)),
            "<" => CelValue.Of(left.CompareTo(right, "<") < 0),
            "<=" => CelValue.Of(left.CompareTo(right, "<=") <= 0),
            ">" => CelValue.Of(left.CompareTo(right, ">") > 0),
            ">=" => CelValue.Of(left.CompareTo(right, ">=") >= 0),
            "in" => CelValue.Of(IsIn(left, right)),
            _ => Arithmetic(operation.Sign, left, right),
        };
    }

    /// <summary>Either side may decide alone: <c>false &amp;&amp; (an error)</c> and <c>(an error) &amp;&amp; false</c> are both false.</summary>
    private CelValue Logic(CelExpression.Operation operation)
    {
        var decisive = operation.Sign == "||";
        bool left;
        try
        {
            left = Bool(Evaluate(operation.Left), operation.Sign);
        }
        catch (CelException) when (TryDecide(operation.Right!, operation.Sign, decisive))
        {
            return CelValue.Of(decisive);
        }

        return CelValue.Of(left == decisive ? decisive : Bool(Evaluate(operation.Right!), operation.Sign));
    }

    private bool TryDecide(CelExpression side, string sign, bool decisive)
    {
        try
        {
            return Bool(Evaluate(side), sign) == decisive;
        }
        catch (CelException)
        {
            return false;
        }
    }

    private static bool Bool(CelValue value, string sign) =>
        value.Type == CelType.Bool ? value.Bool : throw new CelException($"no such overload: '{sign}' needs bool, not {CelValue.Name(value.Type)}");

    private static CelValue Member(CelValue of, CelValue key)
    {
        switch (of.Content)
        {
            case JsonObject map when key.Type == CelType.String:
                return map.TryGetPropertyValue(key.String, out var member) ? CelValue.Of(member) : throw new CelException($"no such key: {key.String}");
            case JsonArray list when key.IsNumber:
                return key.Double == Math.Floor(key.Double) && key.Double >= 0 && key.Double < list.Count
                    ? CelValue.Of(list[(int)key.Double])
                    : throw new CelException($"index {key} is out of range: the list has {list.Count}");
            default:
                throw new CelException($"no such overload: {CelValue.Name(of.Type)}[{CelValue.Name(key.Type)}]");
        }
    }

    private static bool IsIn(CelValue item, CelValue of) => of.Content switch
    {
        JsonArray list => list.Any(i => CelValue.Of(i) is var other && (other.Type == item.Type || (other.IsNumber && item.IsNumber)) && other.EqualTo(item)),
        JsonObject map when item.Type == CelType.String => map.ContainsKey(item.String),
        _ => throw item.NoOverload("in", of),
    };

    private static CelValue Arithmetic(string sign, CelValue left, CelValue right)
    {
        switch (left.Type, right.Type)
        {
            case (CelType.Int, CelType.Int):
                var (a, b) = (left.Int, right.Int);
                return b == 0 && sign is "/" or "%"
                    ? throw new CelException("division by zero")
                    : CelValue.Of(Exact(() => sign switch { "+" => checked(a + b), "-" => checked(a - b), "*" => checked(a * b), "/" => a / b, _ => b == -1 ? 0 : a % b }));
            case (CelType.Double, CelType.Double) when sign != "%":
                var (x, y) = (left.Double, right.Double);
                return CelValue.Of(sign switch { "+" => x + y, "-" => x - y, "*" => x * y, _ => x / y });
            case (CelType.String, CelType.String) when sign == "+":
                return CelValue.Of(left.String + right.String);
            case (CelType.List, CelType.List) when sign == "+":
                return CelValue.Of(new JsonArray([.. ((JsonArray)left.Content!).Concat((JsonArray)right.Content!).Select(i => i?.DeepClone())]));
            default:
                throw left.NoOverload(sign, right);
        }
    }

    private static long Exact(Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw new CelException("the result is too large for a whole number");
        }
    }
}
