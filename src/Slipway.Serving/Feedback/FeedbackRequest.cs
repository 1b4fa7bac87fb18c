using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Feedback;

/// <summary>A feedback request, checked with all faults at once.</summary>
internal sealed record FeedbackRequest(IReadOnlyList<LabelValue> Labels, DateTimeOffset? Watermark)
{
    /// <summary>They are written in one transaction, some 40 us each.</summary>
    public const int MostLabels = 20_000;

    private const int MostFaults = 20;

    /// <summary>A batch's rows have <c>/ROW</c> behind the request's id.</summary>
    private const int LongestId = OipParser.LongestId + 12;

    public static Result<FeedbackRequest> Read(JsonObject body)
    {
        var faults = new List<Fault>();
        foreach (var (name, _) in body)
        {
            if (name is not ("labels" or "watermark"))
            {
                faults.Add(new Fault(name, "is not known; a feedback request has labels and watermark"));
            }
        }

        var labels = new List<LabelValue>();
        if (body["labels"] is JsonArray { Count: <= MostLabels } entries)
        {
            for (var i = 0; i < entries.Count && faults.Count < MostFaults; i++)
            {
                ReadLabel(entries[i], $"labels[{i}]", labels, faults);
            }
        }
        else if (body["labels"] is not null)
        {
            faults.Add(new Fault("labels", $"must be a list of at most {MostLabels} objects {{\"id\", \"value\"}}"));
        }

        DateTimeOffset? watermark = null;
        if (body["watermark"] is { } node)
        {
            if (node.GetValueKind() == JsonValueKind.String && EventTime.TryParse(node.GetValue<string>(), out var time))
            {
                watermark = time;
            }
            else
            {
                faults.Add(new Fault("watermark", $"must be an ISO 8601 instant such as {EventTime.Example}"));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new FeedbackRequest(labels, watermark);
    }

    private static void ReadLabel(JsonNode? entry, string path, List<LabelValue> labels, List<Fault> faults)
    {
        if (entry is not JsonObject label)
        {
            faults.Add(new Fault(path, "must be an object {\"id\", \"value\"}"));
            return;
        }

        if (label["id"] is not JsonValue idNode || idNode.GetValueKind() != JsonValueKind.String || idNode.GetValue<string>() is not { Length: > 0 and <= LongestId } id)
        {
            faults.Add(new Fault($"{path}.id", $"must be the prediction's id, a string of 1 to {LongestId} characters"));
            return;
        }

        switch (label["value"]?.GetValueKind())
        {
            case JsonValueKind.Number when label["value"]!.AsValue().TryGetValue<double>(out var number) && double.IsFinite(number):
                labels.Add(new LabelValue(id, number, null));
                break;
            case JsonValueKind.String:
                labels.Add(new LabelValue(id, null, label["value"]!.GetValue<string>()));
                break;
            default:
                faults.Add(new Fault($"{path}.value", "must be a number or a string"));
                break;
        }
    }
}
