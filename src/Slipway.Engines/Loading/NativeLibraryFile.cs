namespace Slipway.Engines.Loading;

/// <summary>A native library that Slipway binds to: its file name, and where its npm package keeps it under <c>node_modules</c>.</summary>
public sealed record NativeLibraryFile(string FileName, string PathInPackages)
{
    public static NativeLibraryFile OnnxRuntime { get; } =
        new("libonnxruntime.so.1", "onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1");

    public static NativeLibraryFile DuckDb { get; } =
        new("libduckdb.so", "@duckdb/node-bindings-linux-x64/libduckdb.so");
}
