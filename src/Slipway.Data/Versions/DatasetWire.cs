using System.Text.Json.Serialization;
using Slipway.Contracts.Data.Ports;

namespace Slipway.Data.Versions;

internal sealed record ColumnWire(string Name, string Kind, string Type);

internal sealed record VersionWire(
    string Namespace, string Name, int Version, string Digest, string Format, long Bytes, long Rows, IReadOnlyList<ColumnWire> Columns,
    string Source, DateTimeOffset Created)
{
    public static VersionWire Of(DatasetVersion v) => new(
        v.Namespace, v.Name, v.Number, v.Digest, v.Format, v.Bytes, v.Rows,
        [.. v.Columns.Select(c => new ColumnWire(c.Name, c.Kind.ToString().ToLowerInvariant(), c.DatabaseType))], v.Source, v.Created);
}

/// <param name="Next">What to give as <c>after</c> (or <c>before</c>) for the next page; absent on the last.</param>
internal sealed record VersionListWire(IReadOnlyList<VersionWire> Items, string? Next);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<ColumnSchema>))]
[JsonSerializable(typeof(VersionWire))]
[JsonSerializable(typeof(VersionListWire))]
internal sealed partial class DatasetJson : JsonSerializerContext;
