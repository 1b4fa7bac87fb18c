using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Traces.Domain;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Datasets;

/// <summary>The records of evaluation datasets: read from what clients send, merged where the inputs are known, and summed up as a schema.</summary>
internal static class DatasetRecords
{
    private const string UserTag = "mlflow.user";

    private static readonly string[] SourceTypes = ["UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"];

    /// <summary>The list in the text <paramref name="json"/>; every record is an object.</summary>
    public static Result<IReadOnlyList<JsonObject>> Parse(string json)
    {
        if (JsonText.Parse(json) is not JsonArray list || list.Any(r => r is not JsonObject))
        {
            return Problem.Invalid("Invalid value for parameter 'records' supplied: it must be a JSON list of objects, each with 'inputs'");
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (Fault((JsonObject)list[i]!) is { } fault)
            {
                return Problem.Invalid(string.Create(CultureInfo.InvariantCulture, $"records[{i}]: {fault}"));
            }
        }

        return Result.From<IReadOnlyList<JsonObject>>([.. list.OfType<JsonObject>()]);
    }

    public static string HashOf(JsonObject record) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonText.Of(Sorted(record["inputs"] ?? new JsonObject())))));

    public static string? UserOf(JsonObject record) => record["tags"] is JsonObject tags && tags[UserTag] is JsonValue value && value.TryGetValue<string>(out var user) ? user : null;

    public static RecordRow New(JsonObject record, string hash, string id, long now) => new()
    {
        Id = id,
        InputHash = hash,
        Inputs = JsonText.Of(record["inputs"] ?? new JsonObject()),

        // Left out and empty are two things: {} was said, null was not.
        Outputs = record.ContainsKey("outputs") ? Text(record["outputs"]) : "{}",
        Expectations = Text(record["expectations"]),
        Tags = Text(record["tags"]),
        Source = Source(record["source"]),
        Created = now,
        Updated = now,
        CreatedBy = UserOf(record),
        UpdatedBy = UserOf(record),
    };

    /// <summary>The same inputs again: outputs are replaced, expectations and tags are added to.</summary>
    public static RecordRow Merge(RecordRow before, JsonObject record, long now) => before with
    {
        Outputs = record.ContainsKey("outputs") ? Text(record["outputs"]) : before.Outputs,
        Expectations = Merged(before.Expectations, record["expectations"] as JsonObject),
        Tags = Merged(before.Tags, record["tags"] as JsonObject),
        Updated = Math.Max(now, before.Updated),
        UpdatedBy = UserOf(record) ?? before.UpdatedBy,
    };

    /// <summary>The record as clients read it.</summary>
    public static JsonObject ToJson(string datasetId, RecordRow row)
    {
        var record = new JsonObject { ["dataset_record_id"] = row.Id, ["dataset_id"] = datasetId, ["inputs"] = JsonText.Parse(row.Inputs) };
        foreach (var (name, json) in new[] { ("outputs", row.Outputs), ("expectations", row.Expectations), ("tags", row.Tags), ("source", row.Source) })
        {
            if (json is not null)
            {
                record[name] = JsonText.Parse(json);
            }
        }

        if (record["source"] is JsonObject source)
        {
            record["source_type"] = source["source_type"]?.DeepClone();
            var data = source["source_data"] as JsonObject;
            if ((data?["trace_id"] ?? data?["source_id"]) is { } id)
            {
                record["source_id"] = id.DeepClone();
            }
        }

        foreach (var (name, user) in new[] { ("created_by", row.CreatedBy), ("last_updated_by", row.UpdatedBy) })
        {
            if (user is not null)
            {
                record[name] = user;
            }
        }

        record["created_time"] = row.Created;
        record["last_update_time"] = row.Updated;
        return record;
    }

    /// <summary>Adds the fields of these records to a schema; a field keeps the type that it was first seen with.</summary>
    public static string Schema(string? before, IEnumerable<JsonObject> records)
    {
        var schema = (before is null ? null : JsonText.Parse(before) as JsonObject)
            ?? new JsonObject { ["inputs"] = new JsonObject(), ["outputs"] = new JsonObject(), ["expectations"] = new JsonObject(), ["version"] = "1.0" };
        foreach (var record in records)
        {
            foreach (var part in (ReadOnlySpan<string>)["inputs", "outputs", "expectations"])
            {
                if (record[part] is JsonObject members && schema[part] is JsonObject fields)
                {
                    foreach (var (name, value) in members)
                    {
                        fields.TryAdd(name, TypeOf(value));
                    }
                }
                else if (record[part] is { } other and not JsonObject && schema[part] is JsonObject { Count: 0 })
                {
                    schema[part] = TypeOf(other);
                }
            }
        }

        return JsonText.Of(schema);
    }

    private static string? Fault(JsonObject record)
    {
        if (record["inputs"] is not (null or JsonObject))
        {
            return "'inputs' must be an object";
        }

        foreach (var part in (ReadOnlySpan<string>)["expectations", "tags"])
        {
            if (record[part] is not (null or JsonObject))
            {
                return $"'{part}' must be an object";
            }
        }

        return record["source"] is null || Source(record["source"]) is not null
            ? null
            : $"'source' must be an object with a 'source_type' of {string.Join(", ", SourceTypes)}";
    }

    private static string? Source(JsonNode? source)
    {
        if (source is not JsonObject given || given["source_type"] is not JsonValue value || !value.TryGetValue<string>(out var type))
        {
            return null;
        }

        type = type.ToUpperInvariant();
        return SourceTypes.Contains(type) ? JsonText.Of(new JsonObject { ["source_type"] = type, ["source_data"] = given["source_data"]?.DeepClone() ?? new JsonObject() }) : null;
    }

    private static string? Merged(string? before, JsonObject? changes)
    {
        if (changes is not { Count: > 0 })
        {
            return before;
        }

        var all = (before is null ? null : JsonText.Parse(before) as JsonObject) ?? [];
        foreach (var (name, value) in changes)
        {
            all[name] = value?.DeepClone();
        }

        return JsonText.Of(all);
    }

    private static string? Text(JsonNode? node) => node is null ? null : JsonText.Of(node);

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonArray => "array",
        JsonObject => "object",
        JsonValue flag when flag.TryGetValue<bool>(out _) => "boolean",
        JsonValue text when text.TryGetValue<string>(out _) => "string",
        _ => JsonText.Of(value).AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "integer" : "float",
    };

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => new KeyValuePair<string, JsonNode?>(m.Key, Sorted(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
