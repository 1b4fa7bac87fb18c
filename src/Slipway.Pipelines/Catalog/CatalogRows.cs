namespace Slipway.Pipelines.Catalog;

internal sealed record PipelineRow(string Id, string Namespace, string Name, string DisplayName, string Description, long Created)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <param name="Spec">JSON as it goes over the wire: the pipeline spec, or <c>{"pipeline_spec", "platform_spec"}</c> when the package has a platform document.</param>
internal sealed record VersionRow(
    string Id, string PipelineId, string Name, string DisplayName, string Description, string PackageUrl, string CodeSourceUrl, string Spec, long Created)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

internal sealed record NewPipeline(string Namespace, string Name, string DisplayName, string Description, IReadOnlyDictionary<string, string> Tags);

internal sealed record NewVersion(
    string Name, string DisplayName, string Description, string PackageUrl, string CodeSourceUrl, string Spec, IReadOnlyDictionary<string, string> Tags);
