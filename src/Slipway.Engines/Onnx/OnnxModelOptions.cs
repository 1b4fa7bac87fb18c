namespace Slipway.Engines.Onnx;

/// <summary>How a model runs.</summary>
public sealed record OnnxModelOptions
{
    public static OnnxModelOptions Default { get; } = new();

    /// <summary>
    /// Threads inside one operator, 1 to 64; default 1: under concurrent requests the requests themselves fill the cores.
    /// 0 lets the runtime take all cores.
    /// </summary>
    public int IntraThreads { get; init; } = 1;

    /// <summary>Threads across operators, default 1.</summary>
    public int InterThreads { get; init; } = 1;

    /// <summary>Keeps freed tensor memory for the next run (default): faster, at the price of the peak's memory until the model is disposed.</summary>
    public bool UseArena { get; init; } = true;

    /// <summary>Lets idle operator threads spin: lower latency for one caller, but it burns a core. Default off.</summary>
    public bool AllowSpinning { get; init; }
}
