using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Printing;

/// <summary>What of the object each row of a table carries along.</summary>
public enum RowObject
{
    Metadata,
    Whole,
    None,
}

/// <summary>Renders objects of one kind as <c>meta.k8s.io/v1 Table</c>: name, the kind's columns, age.</summary>
public sealed class TableRenderer
{
    private readonly List<(PrinterColumn Column, ColumnPath Path)> _columns;

    public TableRenderer(ResourceKind kind)
    {
        IEnumerable<PrinterColumn> columns = [new PrinterColumn("Name", ".metadata.name", "string", "Name of the object"), .. kind.Columns];
        if (!kind.Columns.Any(c => c.Name == "Age"))
        {
            columns = columns.Append(new PrinterColumn("Age", ".metadata.creationTimestamp", "date", "How long ago the object was created"));
        }

        _columns = [.. columns.Select(c => (c, ColumnPath.Parse(c.JsonPath)))];
    }

    /// <summary>The column definitions; kubectl shows priority 0 always and 1 with -o wide.</summary>
    public JsonArray Definitions() => new([.. _columns.Select(c => new JsonObject
    {
        ["name"] = c.Column.Name,
        ["type"] = c.Column.Type,
        ["format"] = c.Column.Name == "Name" ? "name" : "",
        ["description"] = c.Column.Description,
        ["priority"] = c.Column.Wide ? 1 : 0,
    })]);

    public JsonObject Row(JsonObject obj, RowObject include, DateTimeOffset now)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. _columns.Select(c => Cell(c.Column, c.Path, obj, now))]) };
        if (include != RowObject.None)
        {
            row["object"] = include == RowObject.Whole ? obj.DeepClone() : PartialMetadata(obj);
        }

        return row;
    }

    public static JsonObject PartialMetadata(JsonObject obj) => new()
    {
        ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = obj["metadata"]?.DeepClone(),
    };

    private static JsonNode? Cell(PrinterColumn column, ColumnPath path, JsonObject obj, DateTimeOffset now)
    {
        if (path.Find(obj) is not { } value)
        {
            // An unset string shows as nothing, an unset number or age as <unknown>/<none> would only be noise.
            return column.Type == "date" ? "<unknown>" : "";
        }

        switch (column.Type)
        {
            case "date":
                return value is JsonValue v && v.TryGetValue<string>(out var text)
                    && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                        ? Age.Of(now - time)
                        : "<invalid>";
            case "integer" or "number" or "boolean" when value.GetValueKind() is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                return value.DeepClone();
            default:
                var all = path.All(obj).Select(Text).ToList();
                return all.Count == 1 ? all[0] : string.Join(',', all);
        }
    }

    private static string Text(JsonNode? node) => node is JsonValue v && v.GetValueKind() == JsonValueKind.String ? (string)v! : node?.ToJsonString() ?? "";
}
