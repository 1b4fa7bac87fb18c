using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Verbs;

/// <summary>Explanations for people: the features that matter most first.</summary>
internal static class ExplainText
{
    public static string Of(JsonObject answer, int top)
    {
        if (answer["explanations"] is not JsonArray)
        {
            // An explainer of somebody's own answers in its own form.
            return answer.ToJsonString() + "\n";
        }

        var text = new StringBuilder();
        var row = 0;
        foreach (var explanation in (answer["explanations"] as JsonArray ?? []).OfType<JsonObject>())
        {
            row++;
            switch (explanation["method"] is JsonValue value && value.TryGetValue<string>(out var method) ? method : null)
            {
                case null:
                    text.Append(CultureInfo.InvariantCulture, $"row {row}: {explanation.ToJsonString()}\n");
                    break;
                case "permutation":
                    Permutation(text, explanation, top);
                    break;
                case "counterfactual":
                    Counterfactual(text, explanation, row);
                    break;
                default:
                    Contributions(text, explanation, row, top);
                    break;
            }
        }

        return text.ToString();
    }

    private static void Contributions(StringBuilder text, JsonObject explanation, int row, int top)
    {
        var exact = (bool?)explanation["exact"] == false ? ", estimated" : "";
        text.Append(CultureInfo.InvariantCulture, $"row {row}: {JsonText.Cell(explanation["prediction"])} ({explanation["method"]}{exact}, {explanation["space"]})\n");
        foreach (var output in explanation["outputs"] is JsonArray several ? several.OfType<JsonObject>() : [explanation])
        {
            var table = new TextTable("  FEATURE", "CONTRIBUTION").AlignRight(1);
            table.Add("  (base value)", Figure(output["base_value"]));
            var members = (output["contributions"] as JsonObject ?? []).OrderByDescending(c => Math.Abs((double?)c.Value ?? 0)).ToArray();
            foreach (var (feature, value) in members.Take(top))
            {
                table.Add("  " + feature, Figure(value));
            }

            if (members.Length > top)
            {
                table.Add(string.Create(CultureInfo.InvariantCulture, $"  ({members.Length - top} more)"), members.Skip(top).Sum(c => (double?)c.Value ?? 0).ToString("G4", CultureInfo.InvariantCulture));
            }

            table.Add($"  = {output["output"]}", Figure(output["value"]));
            text.Append(table).Append('\n');
        }

        if ((string?)explanation["note"] is { } note)
        {
            text.Append("  ").Append(note).Append('\n');
        }
    }

    private static void Permutation(StringBuilder text, JsonObject explanation, int top)
    {
        text.Append(CultureInfo.InvariantCulture, $"{explanation["metric"]} {Figure(explanation["baseline"])} on {explanation["rows"]} labelled predictions; how much worse without:\n");
        var table = new TextTable("FEATURE", "WORSE BY", "+-").AlignRight(1, 2);
        foreach (var (feature, value) in (explanation["importances"] as JsonObject ?? []).OrderByDescending(i => (double?)i.Value?["mean"] ?? 0).Take(top))
        {
            table.Add(feature, Figure(value?["mean"]), Figure(value?["deviation"]));
        }

        text.Append(table).Append('\n');
    }

    private static void Counterfactual(StringBuilder text, JsonObject explanation, int row)
    {
        text.Append(CultureInfo.InvariantCulture, $"row {row}: {JsonText.Cell(explanation["prediction"])}");
        if (explanation["counterfactual"] is not JsonObject found)
        {
            text.Append(": ").Append((string?)explanation["reason"]).Append('\n');
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $" would be {JsonText.Cell(found["prediction"])} with\n");
        var table = new TextTable("  FEATURE", "FROM", "TO");
        foreach (var (feature, change) in found["changes"] as JsonObject ?? [])
        {
            table.Add("  " + feature, JsonText.Cell(change?["from"]), JsonText.Cell(change?["to"]));
        }

        text.Append(table).Append('\n');
    }

    private static string Figure(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) ? number.ToString("G4", CultureInfo.InvariantCulture) : "-";
}
