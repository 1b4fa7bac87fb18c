using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Bodies;
using Slipway.Serving.Domain;
using Slipway.Serving.Inference;
using Slipway.Serving.Revisions;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Doors;

/// <summary>Between a request over HTTP and the user's code: finds the code, reads the body for it, tells in whose words a failure is.</summary>
internal static class CodeCalls
{
    /// <summary>A route may be swapped while it is looked at; so often in a row it is not.</summary>
    private const int MostLooks = 10;

    /// <summary>Beyond the time that a call has: its worker lets go by itself before it is ended.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The code, held: release it exactly once.</summary>
    public static Result<(CodeSpec Spec, LoadedCode Code)> Enter(RouteTable routes, ServiceRoute route, Func<ServiceRoute, CodeRoute?> which)
    {
        var (role, trouble) = (which(route)?.Spec.Role, (string?)null);
        for (var look = 0; look < MostLooks && which(route) is { } code; look++)
        {
            if (code.Loaded is { } loaded && loaded.TryAcquire())
            {
                return (code.Spec, loaded);
            }

            trouble = code.Trouble;
            route = routes.Find(route.Namespace, route.FoundAs) ?? route;
        }

        return Problem.Unavailable($"The {role} of '{route.Name}' is not ready: {trouble ?? "it is being replaced"}", TimeSpan.FromSeconds(1));
    }

    /// <summary>The body, unpacked. Text is what says so; everything else is JSON, with binary blocks behind it when a header says how long it is.</summary>
    public static async ValueTask<Result<CodeBody>> ReadAsync(HttpContext http, int maxBytes)
    {
        var header = http.Request.Headers[InferBody.HeaderLength].ToString();
        if (!(await RequestBody.ReadAsync(http.Request, maxBytes, 0, static (body, _) => (Result<byte[]>)body.ToArray(), http.RequestAborted)).TryGet(out var bytes, out var problem))
        {
            return problem;
        }

        var json = 0;
        if (header.Length > 0 && !(int.TryParse(header, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out json) && json <= bytes.Length))
        {
            return Problem.Invalid($"{InferBody.HeaderLength}: '{header}' is not a number of bytes of the body, which has {bytes.Length}");
        }

        var isText = MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) && type.MediaType?.StartsWith("text/", StringComparison.OrdinalIgnoreCase) == true;
        return new CodeBody(bytes, json == bytes.Length ? 0 : json, isText);
    }

    /// <summary>What the code is told of the request's headers: as an address in a manifest would be, and what the body is.</summary>
    public static Dictionary<string, string> HeadersOf(HttpContext http, PropagatedHeaders propagated)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in http.Request.Headers)
        {
            if (propagated.Has(name) || name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            {
                headers[name.ToLowerInvariant()] = value.ToString();
            }
        }

        return headers;
    }

    /// <summary>Calls a method, for as long as the whole request may take.</summary>
    /// <param name="limited">Cancelled when the caller has gone or the time is up.</param>
    public static async ValueTask<Result<CodeAnswer>> CallAsync(
        (CodeSpec Spec, LoadedCode Code) held, string method, CodeBody body, IReadOnlyDictionary<string, string> headers, bool binary, IAskedModel? model, CancellationToken limited) =>
        await held.Code.Held.CallAsync(new CodeCall(method, body, headers, binary, held.Spec.Timeout + Patience) { Model = model }, limited);

    public static Problem TooLong(ServiceRoute route, CodeSpec spec, string at) =>
        new(ProblemCode.DeadlineExceeded, $"The {spec.Role} of '{route.Name}' did not answer within {spec.Timeout.TotalSeconds:0} s; the time was up in {at}");
}
