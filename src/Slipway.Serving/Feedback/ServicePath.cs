using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;

namespace Slipway.Serving.Feedback;

/// <summary>The inference service that a path of our own API names; NotFound when there is none, so that a typing error does not read as "no data".</summary>
internal sealed class ServicePath(IResourceStore resources)
{
    public async Task<Result<(string Namespace, string Name)>> FindAsync(HttpContext http)
    {
        var (ns, name) = ((string)http.GetRouteValue("ns")!, (string)http.GetRouteValue("name")!);
        var found = await resources.GetAsync(InferenceServiceKind.Definition, ns, name, http.RequestAborted);
        return found.Succeeded ? (ns, name) : found.Problem;
    }

    /// <summary>An instant in the query; <paramref name="otherwise"/> when it is not given.</summary>
    public static Result<DateTimeOffset> Time(HttpContext http, string parameter, DateTimeOffset otherwise)
    {
        var text = http.Request.Query[parameter].ToString();
        return text.Length == 0 ? otherwise
            : EventTime.TryParse(text, out var time) ? time
            : Problem.Invalid($"{parameter}: '{text}' is not an ISO 8601 instant such as {EventTime.Example}");
    }
}
