using System.Text.Json.Serialization;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;

namespace Slipway.Pipelines.Experiments;

internal sealed record ExperimentWire(
    string ExperimentId, string DisplayName, string? Description, string CreatedAt, string Namespace, string StorageState, string? LastRunCreatedAt)
{
    public static ExperimentWire Of(ExperimentRow row) =>
        new(row.Id, row.DisplayName, row.Description.Length == 0 ? null : row.Description, KfpTime.Text(row.Created)!, row.Namespace, row.StorageState,
            KfpTime.Text(row.LastRunCreated));
}

internal sealed record ExperimentListWire(IReadOnlyList<ExperimentWire> Experiments, long TotalSize, string? NextPageToken)
{
    public static ExperimentListWire Of(Page<ExperimentRow> page) => new([.. page.Items.Select(ExperimentWire.Of)], page.Total, page.NextToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExperimentWire))]
[JsonSerializable(typeof(ExperimentListWire))]
internal sealed partial class ExperimentWireContext : JsonSerializerContext;
