using System.Text.Json.Serialization;

namespace Slipway.Training.Export;

[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ExportJson : JsonSerializerContext;
