using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Http;

/// <summary>What the registry's own routes have in common.</summary>
internal static class OwnApi
{
    private const int LargestBody = 1024 * 1024;
    private const int LongestText = 100_000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IResult Json(JsonNode body) => Results.Text(body.ToJsonString(Plain), "application/json");

    public static IResult ToJson(this Result<JsonObject> result) => result.ToAnswer(Json);

    /// <summary>The names that a route's values give, and the version if there is one.</summary>
    public static Result<int> Check(string ns, string model, string? version = null) =>
        Requests.Check(ns, model) is { } bad ? bad : version is null ? 0 : Requests.Version(version);

    public static Task<Result<JsonObject>> BodyAsync(HttpRequest request, CancellationToken cancellation) => JsonBody.ReadObjectAsync(request, cancellation, LargestBody);

    /// <summary>A text of the body; a fault when it is none, or missing where it must not be.</summary>
    public static string Text(JsonObject body, string field, List<Fault> faults, bool required = false, int longest = LongestText)
    {
        if (body[field] is not { } node)
        {
            if (required)
            {
                faults.Add(new Fault(field, "is missing; give a text"));
            }

            return "";
        }

        if (node is not JsonValue value || !value.TryGetValue<string>(out var text))
        {
            faults.Add(new Fault(field, "must be a text"));
            return "";
        }

        if (Texts.Check(field, text, longest, empty: !required) is { } fault)
        {
            faults.Add(fault);
        }

        return text;
    }

    public static bool Flag(JsonObject body, string field, List<Fault> faults, bool absent = false)
    {
        if (body[field] is not { } node)
        {
            return absent;
        }

        if (node is JsonValue value && value.TryGetValue<bool>(out var flag))
        {
            return flag;
        }

        faults.Add(new Fault(field, "must be true or false"));
        return absent;
    }

    /// <summary>A whole number from 1; null when absent.</summary>
    public static int? Number(JsonObject body, string field, List<Fault> faults)
    {
        if (body[field] is not { } node)
        {
            return null;
        }

        if (node is JsonValue value && value.TryGetValue<int>(out var number) && number > 0)
        {
            return number;
        }

        faults.Add(new Fault(field, "must be a whole number from 1"));
        return null;
    }
}
