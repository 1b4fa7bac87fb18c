using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Cli.Output;

namespace Slipway.Cli.Verbs;

/// <summary>What <c>slipway wait --for</c> asks for.</summary>
internal sealed partial record WaitGoal(string Kind, string Subject, string Value)
{
    public bool IsDelete => Kind == "delete";

    /// <summary><c>delete</c>, <c>condition=Ready</c>, <c>condition=Ready=False</c>, <c>jsonpath={.status.x}=v</c>.</summary>
    public static bool TryParse(string text, out WaitGoal goal)
    {
        goal = new WaitGoal("delete", "", "");
        if (text == "delete")
        {
            return true;
        }

        if (ConditionForm().Match(text) is { Success: true } condition)
        {
            goal = new WaitGoal("condition", condition.Groups[1].Value, condition.Groups[2] is { Success: true, Value: var status } ? status : "True");
            return true;
        }

        if (PathForm().Match(text) is { Success: true } path)
        {
            goal = new WaitGoal("jsonpath", path.Groups[1].Value, path.Groups[2].Value.Trim('"', '\''));
            return true;
        }

        return false;
    }

    public bool IsMet(JsonObject resource) => Kind switch
    {
        "condition" => string.Equals(Resources.Condition(resource, Subject), Value, StringComparison.OrdinalIgnoreCase),
        "jsonpath" => At(resource) is { } node && JsonText.Cell(node) == Value,
        _ => false,
    };

    /// <summary>How the resource stands instead, for the message after a timeout.</summary>
    public string Standing(JsonObject resource) => Kind switch
    {
        "condition" => Resources.Condition(resource, Subject) is { } status
            ? $" (it is {status}{(status == "False" && Resources.Why(resource) is { } why ? $": {why}" : "")})" : " (it has no such condition)",
        "jsonpath" => At(resource) is { } node ? $" (it is {JsonText.Cell(node)})" : " (there is nothing there)",
        _ => " (it is still there)",
    };

    public override string ToString() => IsDelete ? "deleted" : $"{Subject}={Value}";

    [GeneratedRegex("^condition=([^=]+)(?:=(.+))?$")]
    private static partial Regex ConditionForm();

    [GeneratedRegex(@"^jsonpath=['""]?\{?(\.[^}=]+)\}?['""]?=(.*)$")]
    private static partial Regex PathForm();

    private JsonNode? At(JsonNode resource)
    {
        JsonNode? node = resource;
        foreach (var step in Subject.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            node = node switch
            {
                JsonObject map => map[step],
                JsonArray list when int.TryParse(step, out var index) && index < list.Count => list[index],
                _ => null,
            };
        }

        return node;
    }
}
