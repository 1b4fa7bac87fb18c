using System.Text.Json;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Natural;

/// <summary>The parameters that rules on callers look at, out of a body of V1 or of MLflow.</summary>
internal static class RoutingParameters
{
    /// <param name="member">The body's object of parameters: <c>parameters</c> or <c>params</c>.</param>
    public static void Keep(InferenceRequest request, JsonElement body, string member, NameTable names)
    {
        if (names.Parameters.Count == 0 || !body.TryGetProperty(member, out var given) || given.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var (_, name) in names.Parameters)
        {
            if (given.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            {
                (request.Routing ??= []).Add(new RoutingValue(name, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));
            }
        }
    }
}
