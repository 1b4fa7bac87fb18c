using System.Diagnostics.Metrics;

namespace Slipway.Data;

/// <summary>Every instrument of the module.</summary>
internal sealed class DataMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _versions = meters.Create("Slipway.Data").CreateCounter<long>(
        "slipway_data_versions_created", description: "Dataset versions made, by format");

    private readonly Counter<long> _bytes = meters.Create("Slipway.Data").CreateCounter<long>(
        "slipway_data_ingested_bytes", "By", "Bytes of the dataset versions made, by format");

    public void OnVersionCreated(string format, long bytes)
    {
        _versions.Add(1, new KeyValuePair<string, object?>("format", format));
        _bytes.Add(bytes, new KeyValuePair<string, object?>("format", format));
    }
}
