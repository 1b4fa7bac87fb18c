using System.Text.Json.Serialization;

namespace Slipway.Serving.Runtimes.Onnx;

[JsonSerializable(typeof(string[]))]
internal sealed partial class OnnxJson : JsonSerializerContext;
