namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>Reads a GraphQL document: operations and fragments, not types.</summary>
internal sealed class GraphParser
{
    // Deep enough for any query that the limits let through; a bound for the stack.
    private const int MostNested = 64;

    private readonly GraphLexer _lexer;
    private int _nested;

    private GraphParser(string source) => _lexer = new GraphLexer(source);

    /// <exception cref="GraphException">It is no GraphQL.</exception>
    public static GraphDocument Parse(string source)
    {
        var parser = new GraphParser(source);
        parser._lexer.Next();
        var (operations, fragments) = (new List<GraphOperation>(), new Dictionary<string, IReadOnlyList<GraphSelection>>(StringComparer.Ordinal));
        do
        {
            if (parser.Is(GraphToken.Name, "fragment"))
            {
                var (name, selections) = parser.Fragment();
                if (!fragments.TryAdd(name, selections))
                {
                    throw new GraphException($"There can be only one fragment named '{name}'.");
                }
            }
            else
            {
                operations.Add(parser.Operation());
            }
        }
        while (parser._lexer.Kind != GraphToken.End);
        return new GraphDocument(operations, fragments);
    }

    private (string Name, IReadOnlyList<GraphSelection> Selections) Fragment()
    {
        _lexer.Next();
        var name = Name();
        Expect("on");
        Name();
        Directives();
        return (name, Selections());
    }

    private GraphOperation Operation()
    {
        if (Is(GraphToken.Mark, "{"))
        {
            return new GraphOperation("query", null, [], Selections());
        }

        if (_lexer.Kind != GraphToken.Name || _lexer.Value is not ("query" or "mutation" or "subscription"))
        {
            throw _lexer.Fault($"Unexpected {_lexer.Value}");
        }

        var kind = Name();
        var name = _lexer.Kind == GraphToken.Name ? Name() : null;
        var variables = new List<KeyValuePair<string, GraphValue?>>();
        if (Take("("))
        {
            while (!Take(")"))
            {
                variables.Add(Variable());
            }
        }

        Directives();
        return new GraphOperation(kind, name, variables, Selections());
    }

    private KeyValuePair<string, GraphValue?> Variable()
    {
        if (_lexer.Kind != GraphToken.Variable)
        {
            throw _lexer.Fault($"Expected a variable, found {_lexer.Value}");
        }

        var name = _lexer.Value;
        _lexer.Next();
        Expect(":");
        Type();
        var standard = Take("=") ? Value() : null;
        Directives();
        return new(name, standard);
    }

    // Types of variables are not checked: the operation behind the field checks the values.
    private void Type()
    {
        if (Take("["))
        {
            Enter();
            Type();
            _nested--;
            Expect("]");
        }
        else
        {
            Name();
        }

        Take("!");
    }

    private List<GraphSelection> Selections()
    {
        Enter();
        Expect("{");
        var selections = new List<GraphSelection>();
        while (!Take("}"))
        {
            selections.Add(_lexer.Kind == GraphToken.Spread ? Spread() : Field());
        }

        _nested--;
        return selections.Count > 0 ? selections : throw _lexer.Fault("Expected a field, found }");
    }

    private GraphSelection Spread()
    {
        _lexer.Next();
        if (_lexer.Kind == GraphToken.Name && _lexer.Value != "on")
        {
            return new GraphSpread(Name(), Directives());
        }

        if (Is(GraphToken.Name, "on"))
        {
            _lexer.Next();
            Name();
        }

        return new GraphInline(Directives(), Selections());
    }

    private GraphField Field()
    {
        var (first, alias) = (Name(), (string?)null);
        if (Take(":"))
        {
            (alias, first) = (first, Name());
        }

        return new GraphField(first, alias, Arguments(), Directives(), Is(GraphToken.Mark, "{") ? Selections() : null);
    }

    private List<GraphDirective> Directives()
    {
        var directives = new List<GraphDirective>();
        while (Take("@"))
        {
            directives.Add(new GraphDirective(Name(), Arguments()));
        }

        return directives;
    }

    private List<KeyValuePair<string, GraphValue>> Arguments() => Take("(") ? Members(")") : [];

    private List<KeyValuePair<string, GraphValue>> Members(string end)
    {
        var members = new List<KeyValuePair<string, GraphValue>>();
        while (!Take(end))
        {
            var name = Name();
            Expect(":");
            members.Add(new(name, Value()));
        }

        return members;
    }

    private GraphValue Value()
    {
        Enter();
        var value = _lexer.Kind switch
        {
            GraphToken.Variable => Plain(GraphValueKind.Variable),
            GraphToken.Number => Plain(GraphValueKind.Number),
            GraphToken.Text => Plain(GraphValueKind.Text),
            GraphToken.Name => Plain(_lexer.Value switch { "null" => GraphValueKind.Null, "true" or "false" => GraphValueKind.Flag, _ => GraphValueKind.Word }),
            GraphToken.Mark when Take("[") => List(),
            GraphToken.Mark when Take("{") => new GraphValue(GraphValueKind.Object, Members: Members("}")),
            _ => throw _lexer.Fault($"Unexpected {_lexer.Value}"),
        };
        _nested--;
        return value;
    }

    private GraphValue List()
    {
        var items = new List<GraphValue>();
        while (!Take("]"))
        {
            items.Add(Value());
        }

        return new GraphValue(GraphValueKind.List, Items: items);
    }

    private GraphValue Plain(GraphValueKind kind)
    {
        var text = _lexer.Value;
        _lexer.Next();
        return new GraphValue(kind, text);
    }

    private string Name()
    {
        var name = _lexer.Kind == GraphToken.Name ? _lexer.Value : throw _lexer.Fault($"Expected a name, found {_lexer.Value}");
        _lexer.Next();
        return name;
    }

    private bool Is(GraphToken kind, string value) => _lexer.Kind == kind && _lexer.Value == value;

    private bool Take(string mark)
    {
        var there = Is(GraphToken.Mark, mark);
        if (there)
        {
            _lexer.Next();
        }

        return there;
    }

    private void Expect(string what)
    {
        if (_lexer.Kind is not (GraphToken.Mark or GraphToken.Name) || _lexer.Value != what)
        {
            throw _lexer.Fault($"Expected {what}, found {_lexer.Value}");
        }

        _lexer.Next();
    }

    private void Enter()
    {
        if (++_nested > MostNested)
        {
            throw _lexer.Fault($"Nested more than {MostNested} deep");
        }
    }
}
