using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Verbs;

/// <summary>Prints the Table objects with which a server says how its kinds read.</summary>
internal static class ServerTable
{
    public static TextTable Read(JsonObject table, bool wide, bool withNamespace)
    {
        var columns = (table["columnDefinitions"] as JsonArray ?? []).OfType<JsonObject>().Select((column, index) => (column, index))
            .Where(c => wide || c.column["priority"] is not JsonValue priority || !priority.TryGetValue<int>(out var p) || p == 0).ToArray();
        var headers = columns.Select(c => (c.column["name"]?.ToString() ?? "").ToUpperInvariant());
        var text = new TextTable([.. withNamespace ? headers.Prepend("NAMESPACE") : headers]);
        foreach (var row in (table["rows"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var cells = row["cells"] as JsonArray ?? [];
            var line = columns.Select(c => c.index < cells.Count ? Cell(cells[c.index]) : "");
            text.Add([.. withNamespace ? line.Prepend(row["object"]?["metadata"]?["namespace"]?.ToString() ?? "") : line]);
        }

        return text;
    }

    private static string Cell(JsonNode? node) => JsonText.Cell(node) is { Length: > 0 } text ? text : "<none>";
}
