using Slipway.Platform.Resources.Schemas;

namespace Slipway.Serving.Kinds;

/// <summary>KServe's batcher, for every protocol.</summary>
internal static class BatcherSchema
{
    public static Schema Build() => Schema.Object(
        "Joins requests into runs of the model",
        ("maxBatchSize", Schema.Integer("Rows in one run at most; 32").Min(1)),
        ("maxLatency", Schema.Integer("Milliseconds that a batch may wait to be filled, while the model is running anyway; 0").Min(0)),
        ("timeout", Schema.Integer("Seconds that one run may take; 0 or absent: no limit").Min(0)));
}
