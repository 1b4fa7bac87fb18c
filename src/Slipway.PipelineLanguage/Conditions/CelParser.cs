namespace Slipway.PipelineLanguage.Conditions;

/// <summary>Recursive descent over the grammar of CEL without macros and message literals. What the compiler emits uses a small part of it.</summary>
internal sealed class CelParser
{
    private const int MostCharacters = 100_000;
    private const int MostDepth = 100;

    // Bounds how deep a long chain such as a && b && c ... makes the tree, and with it the stack.
    private const int MostTokens = 4_000;

    private static readonly string[] Relations = ["==", "!=", "<", "<=", ">", ">=", "in"];

    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    private CelToken Now => _tokens[_at];

    /// <exception cref="CelException">It is not an expression.</exception>
    public static CelExpression Parse(string text)
    {
        if (text.Length > MostCharacters)
        {
            throw new CelException($"more than {MostCharacters} characters");
        }

        var parser = new CelParser(CelLexer.Read(text));
        if (parser._tokens.Count > MostTokens)
        {
            throw new CelException($"more than {MostTokens} words and signs");
        }

        var expression = parser.Expression();
        return parser.Now.Kind == CelTokenKind.End ? expression : throw parser.Unexpected("an operator or the end");
    }

    private CelExpression Expression()
    {
        if (++_depth > MostDepth)
        {
            throw new CelException($"nests deeper than {MostDepth}");
        }

        var condition = Or();
        if (Take("?"))
        {
            var then = Or();
            Expect(":");
            condition = new CelExpression.Choice(condition, then, Expression());
        }

        _depth--;
        return condition;
    }

    private CelExpression Or() => Chain(And, "||");

    private CelExpression And() => Chain(Relation, "&&");

    private CelExpression Relation() => Chain(Sum, Relations);

    private CelExpression Sum() => Chain(Product, "+", "-");

    private CelExpression Product() => Chain(Unary, "*", "/", "%");

    private CelExpression Chain(Func<CelExpression> operand, params string[] signs)
    {
        var left = operand();
        while (signs.FirstOrDefault(Take) is { } sign)
        {
            left = new CelExpression.Operation(sign, left, operand());
        }

        return left;
    }

    private CelExpression Unary()
    {
        if (++_depth > MostDepth)
        {
            throw new CelException($"nests deeper than {MostDepth}");
        }

        CelExpression result;
        if (Take("!"))
        {
            result = new CelExpression.Operation("!", Unary(), null);
        }
        else if (Take("-"))
        {
            // The sign belongs to a literal, so that the lowest whole number can be written.
            result = Now.Kind switch
            {
                CelTokenKind.Int => new CelExpression.Literal(CelValue.Of(unchecked(-(long)Next().Value!))),
                CelTokenKind.Double => new CelExpression.Literal(CelValue.Of(-(double)Next().Value!)),
                _ => new CelExpression.Operation("-", Unary(), null),
            };
        }
        else
        {
            result = Member();
        }

        _depth--;
        return result;
    }

    private CelExpression Member()
    {
        var expression = Primary();
        while (true)
        {
            if (Take("."))
            {
                var name = Now.Kind == CelTokenKind.Name ? Next().Text : throw Unexpected("a field's name");
                expression = Take("(") ? new CelExpression.Call(name, expression, Arguments(")")) : new CelExpression.Field(expression, name);
            }
            else if (Take("["))
            {
                expression = new CelExpression.Index(expression, Expression());
                Expect("]");
            }
            else
            {
                return expression;
            }
        }
    }

    private CelExpression Primary()
    {
        switch (Now.Kind)
        {
            case CelTokenKind.Int when (long)Now.Value! == long.MinValue:
                throw CelLexer.Fault(Now.Position, $"{Now.Text} is too large");
            case CelTokenKind.Int:
                return new CelExpression.Literal(CelValue.Of((long)Next().Value!));
            case CelTokenKind.Double:
                return new CelExpression.Literal(CelValue.Of((double)Next().Value!));
            case CelTokenKind.String:
                return new CelExpression.Literal(CelValue.Of((string)Next().Value!));
            case CelTokenKind.Name:
                var name = Next().Text;
                return name switch
                {
                    "true" => new CelExpression.Literal(CelValue.Of(true)),
                    "false" => new CelExpression.Literal(CelValue.Of(false)),
                    "null" => new CelExpression.Literal(CelValue.Null),
                    _ => Take("(") ? new CelExpression.Call(name, null, Arguments(")")) : new CelExpression.Variable(name),
                };
            default:
                if (Take("("))
                {
                    var inner = Expression();
                    Expect(")");
                    return inner;
                }

                return Take("[") ? new CelExpression.List(Arguments("]")) : throw Unexpected("a value");
        }
    }

    private List<CelExpression> Arguments(string end)
    {
        var arguments = new List<CelExpression>();
        while (!Take(end))
        {
            if (arguments.Count > 0)
            {
                Expect(",");
            }

            arguments.Add(Expression());
        }

        return arguments;
    }

    private CelToken Next() => _tokens[_at++];

    private bool Take(string sign)
    {
        var fits = Now.Text == sign && Now.Kind is CelTokenKind.Symbol || (sign == "in" && Now is { Kind: CelTokenKind.Name, Text: "in" });
        _at += fits ? 1 : 0;
        return fits;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    private CelException Unexpected(string wanted) => CelLexer.Fault(Now.Position, $"expected {wanted}, found {(Now.Kind == CelTokenKind.End ? "the end" : $"'{Now.Text}'")}");
}
