using System.Text.Json;

namespace Slipway.Platform.Http.Mlflow.Graph;

/// <summary>Values of a query turned into JSON, with the variables of the call put in.</summary>
internal sealed class GraphVariables(GraphOperation operation, JsonElement? given)
{
    /// <exception cref="GraphException">It names a variable that the operation does not declare.</exception>
    public void Write(Utf8JsonWriter writer, GraphValue value)
    {
        switch (value.Kind)
        {
            case GraphValueKind.Null:
                writer.WriteNullValue();
                break;
            case GraphValueKind.Flag:
                writer.WriteBooleanValue(value.Text == "true");
                break;
            case GraphValueKind.Number:
                writer.WriteRawValue(value.Text, skipInputValidation: false);
                break;
            case GraphValueKind.Text or GraphValueKind.Word:
                writer.WriteStringValue(value.Text);
                break;
            case GraphValueKind.List:
                writer.WriteStartArray();
                foreach (var item in value.Items!)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case GraphValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, member) in value.Members!)
                {
                    writer.WritePropertyName(name);
                    Write(writer, member);
                }

                writer.WriteEndObject();
                break;
            default:
                WriteVariable(writer, value.Text);
                break;
        }
    }

    /// <summary>The value of <c>@include(if: ..)</c> and <c>@skip(if: ..)</c>: whether the selection is wanted.</summary>
    public bool Wants(GraphSelection selection) => selection.Directives.All(d => d.Name switch
    {
        "include" => Flag(d),
        "skip" => !Flag(d),
        _ => true,
    });

    private bool Flag(GraphDirective directive)
    {
        var value = directive.Arguments.FirstOrDefault(a => a.Key == "if").Value;
        var flag = value is { Kind: GraphValueKind.Variable } ? Given(value.Text) is { ValueKind: JsonValueKind.True or JsonValueKind.False } said
            ? said.ValueKind == JsonValueKind.True
            : Standard(value.Text) is { Kind: GraphValueKind.Flag } standard ? standard.Text == "true" : null
            : value is { Kind: GraphValueKind.Flag } ? value.Text == "true" : (bool?)null;
        return flag ?? throw new GraphException($"Directive '@{directive.Name}' needs an argument 'if' that is true or false.");
    }

    private void WriteVariable(Utf8JsonWriter writer, string name)
    {
        if (Given(name) is { } value)
        {
            value.WriteTo(writer);
        }
        else if (Standard(name) is { Kind: not GraphValueKind.Variable } standard)
        {
            Write(writer, standard);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private JsonElement? Given(string name) => given is { ValueKind: JsonValueKind.Object } object_ && object_.TryGetProperty(name, out var value) ? value : null;

    private GraphValue? Standard(string name)
    {
        foreach (var (declared, standard) in operation.Variables)
        {
            if (declared == name)
            {
                return standard;
            }
        }

        throw new GraphException($"Variable '${name}' is not defined by operation '{operation.Name}'.");
    }
}
