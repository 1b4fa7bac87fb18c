using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;

namespace Slipway.Registry.Catalog;

/// <summary>Values as the tables keep them.</summary>
internal static class Json
{
    public static string OfTexts(IReadOnlyDictionary<string, string> texts) => JsonSerializer.Serialize(texts, RegistryJson.Default.IReadOnlyDictionaryStringString);

    public static string OfTensors(IReadOnlyList<TensorSpec> tensors) => JsonSerializer.Serialize(tensors, RegistryJson.Default.IReadOnlyListTensorSpec);

    public static string OfFacts(ModelFacts facts) => JsonSerializer.Serialize(facts, RegistryJson.Default.ModelFacts);
}
