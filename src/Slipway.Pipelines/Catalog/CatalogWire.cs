using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;

namespace Slipway.Pipelines.Catalog;

internal sealed record PipelineWire(
    string PipelineId, string DisplayName, string Name, string? Description, string CreatedAt, string Namespace, IReadOnlyDictionary<string, string>? Tags)
{
    public static PipelineWire Of(PipelineRow row) =>
        new(row.Id, row.DisplayName, row.Name, row.Description.Length == 0 ? null : row.Description, KfpTime.Text(row.Created)!, row.Namespace, row.Tags.Count == 0 ? null : row.Tags);
}

internal sealed record PipelineListWire(IReadOnlyList<PipelineWire> Pipelines, long TotalSize, string? NextPageToken)
{
    public static PipelineListWire Of(Page<PipelineRow> page) => new([.. page.Items.Select(PipelineWire.Of)], page.Total, page.NextToken);
}

internal sealed record UrlWire(string PipelineUrl);

internal sealed record VersionWire(
    string PipelineId, string PipelineVersionId, string DisplayName, string Name, string? Description, string CreatedAt, UrlWire? PackageUrl, string? CodeSourceUrl,
    JsonNode? PipelineSpec, IReadOnlyDictionary<string, string>? Tags)
{
    public static VersionWire Of(VersionRow row) =>
        new(row.PipelineId, row.Id, row.DisplayName, row.Name, OrNull(row.Description), KfpTime.Text(row.Created)!, row.PackageUrl.Length == 0 ? null : new UrlWire(row.PackageUrl),
            OrNull(row.CodeSourceUrl), JsonNode.Parse(row.Spec), row.Tags.Count == 0 ? null : row.Tags);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

internal sealed record VersionListWire(IReadOnlyList<VersionWire> PipelineVersions, long TotalSize, string? NextPageToken)
{
    public static VersionListWire Of(Page<VersionRow> page) => new([.. page.Items.Select(VersionWire.Of)], page.Total, page.NextToken);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PipelineWire))]
[JsonSerializable(typeof(PipelineListWire))]
[JsonSerializable(typeof(VersionWire))]
[JsonSerializable(typeof(VersionListWire))]
internal sealed partial class CatalogWireContext : JsonSerializerContext;
