using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// Handles one call. It reads all its fields first, then looks at <see cref="MlflowFields.Problem"/>, then works:
/// <code>
/// var runId = call.Fields.Required("run_id");
/// if (call.Fields.Problem is { } bad) { return bad; }
/// </code>
/// </summary>
public delegate Task<Result<MlflowReply>> MlflowHandler(MlflowCall call);

/// <summary>One call to an MLflow route: whose workspace, which fields, whatever the method.</summary>
/// <param name="Namespace">The workspace's; every read and write of the handler stays inside it.</param>
/// <param name="Fields">The JSON body, or the query string of a GET.</param>
public sealed record MlflowCall(HttpContext Http, string Namespace, MlflowFields Fields)
{
    public CancellationToken Cancellation => Http.RequestAborted;

    public T Service<T>()
        where T : notnull => Http.RequestServices.GetRequiredService<T>();

    /// <summary>A part of the path, decoded; the route has it, so it is there.</summary>
    public string Path(string name) => (string)Http.Request.RouteValues[name]!;
}
