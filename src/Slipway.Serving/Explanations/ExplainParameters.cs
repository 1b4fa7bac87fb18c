using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Explanations;

/// <summary>How a request wants to be explained: an object of its body, over what the service says.</summary>
internal static class ExplainParameters
{
    public static Result<ExplainSettings> Read(JsonElement body, string member, ExplainSettings service)
    {
        if (!body.TryGetProperty(member, out var given) || given.ValueKind == JsonValueKind.Null)
        {
            return service;
        }

        var faults = new List<Fault>();
        var settings = service.With(given, member, faults);
        return faults.Count == 0 ? settings : Problem.Invalid(faults);
    }
}
