using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>
/// The Kubernetes HTTP API over the resource store (docs/adr/0005). Kinds come from the catalog, so their routes are one catch-all per prefix with a
/// parser behind it (<see cref="ApiTarget"/>) instead of a route per kind and verb; catch-alls lose to every other route, which leaves
/// <c>/apis/v2beta1/...</c>, <c>/api/2.0/mlflow/...</c> and the like to their modules.
/// </summary>
public static class ResourceApi
{
    private const string ReadPermission = "resources.read";
    private const string WritePermission = "resources.write";
    private const string DeletePermission = "resources.delete";

    public static IServiceCollection AddResourceApi(this IServiceCollection services)
    {
        services.AddSingleton<WatchFeed>();
        services.AddHostedService(p => p.GetRequiredService<WatchFeed>());
        services.AddSingleton<ResourceApiServices>();
        services.AddSingleton<Discovery>();
        services.AddSingleton<OpenApiDocuments>();
        return services;
    }

    public static IEndpointRouteBuilder MapResourceApi(this IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var services = provider.GetRequiredService<ResourceApiServices>();
        var discovery = provider.GetRequiredService<Discovery>();
        MapDiscovery(routes, discovery, provider.GetRequiredService<OpenApiDocuments>());
        MapReviews(routes, services.Authorizer);

        foreach (var pattern in (ReadOnlySpan<string>)["/api/v1/{**rest}", "/apis/{group}/{version}/{**rest}"])
        {
            RequestDelegate handler = http => HandleAsync(http, services, discovery);
            routes.MapMethods(pattern, ["GET"], handler).RequirePermission(ReadPermission);
            routes.MapMethods(pattern, ["POST", "PUT", "PATCH"], handler).RequirePermission(WritePermission);
            routes.MapMethods(pattern, ["DELETE"], handler).RequirePermission(DeletePermission);
        }

        return routes;
    }

    private static void MapDiscovery(IEndpointRouteBuilder routes, Discovery discovery, OpenApiDocuments documents)
    {
        routes.MapGet("/api", discovery.CoreAsync).Public();
        routes.MapGet("/apis", discovery.GroupsAsync).Public();
        routes.MapGet("/apis/{group}", (HttpContext http, string group) => discovery.Group(group) is { } found
            ? ObjectAnswer.WriteAsync(http, found)
            : NoSuchPathAsync(http)).Public();
        routes.MapGet("/version", (HttpContext http) => Mlflow.MlflowVersion.IsAskedFor(http.Request)
            ? http.Response.WriteAsync(Mlflow.MlflowVersion.Text, http.RequestAborted)
            : ObjectAnswer.WriteAsync(http, ServerVersion.ToJson())).Public();
        routes.MapGet("/openapi/v3", (HttpContext http) => ObjectAnswer.WriteAsync(http, documents.Index())).Public();
        routes.MapGet("/openapi/v3/{**path}", (HttpContext http, string path) => OpenApiAsync(http, documents.Find(path))).Public();
        routes.MapGet("/openapi/v2", (HttpContext http) => Negotiation.FormOf(http.Request) == AnswerForm.None
            ? StatusAnswer.WriteAsync(http, StatusAnswer.NotAcceptable(), StatusCodes.Status406NotAcceptable)
            : ObjectAnswer.WriteAsync(http, documents.Version2())).Public();
    }

    private static void MapReviews(IEndpointRouteBuilder routes, IResourceAuthorizer? authorizer)
    {
        routes.MapPost("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", http => Reviews.AccessAsync(http, authorizer)).Public();
        routes.MapPost("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", http => Reviews.RulesAsync(http, authorizer)).Public();
        routes.MapPost("/apis/authentication.k8s.io/v1/selfsubjectreviews", Reviews.SelfAsync).Public();
    }

    private static async Task OpenApiAsync(HttpContext http, string? document)
    {
        if (document is null)
        {
            await NoSuchPathAsync(http);
            return;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(document, http.RequestAborted);
    }

    /// <summary>Seen on the real server: what is not even a group is answered in plain text.</summary>
    private static async Task NoSuchPathAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync("404 page not found\n", http.RequestAborted);
    }

    private static async Task HandleAsync(HttpContext http, ResourceApiServices services, Discovery discovery)
    {
        var values = http.Request.RouteValues;
        var (group, version) = ((string?)values["group"] ?? "", (string?)values["version"] ?? "v1");
        if (!discovery.Has(group, version))
        {
            await NoSuchPathAsync(http);
            return;
        }

        var target = ApiTarget.Parse(group, version, (string?)values["rest"]);
        Problem? problem;
        try
        {
            problem = target is null ? NotServed() : await RouteAsync(http, target, services, discovery);
        }
        catch (BadHttpRequestException e)
        {
            // The client broke off, or sent a body that HTTP itself does not allow.
            problem = e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new Problem(ProblemCode.TooLarge, $"Request entity too large: limit is {RequestBody.MostBytes} bytes")
                : Problem.Invalid(e.Message);
        }

        if (problem is not null && !http.Response.HasStarted)
        {
            await StatusAnswer.WriteAsync(http, problem, target);
        }
    }

    private static Problem NotServed() => new(ProblemCode.NotFound, "the server could not find the requested resource");

    private static async Task<Problem?> RouteAsync(HttpContext http, ApiTarget target, ResourceApiServices services, Discovery discovery)
    {
        if (target.IsGroupVersion)
        {
            if (!HttpMethods.IsGet(http.Request.Method))
            {
                return NotAllowed();
            }

            await ObjectAnswer.WriteAsync(http, discovery.Resources(target.Group, target.Version));
            return null;
        }

        var kind = services.Kinds.Find(target.Group, target.Version, target.Plural);
        if (kind is null || (target.Namespace is not null && !kind.Namespaced) || (target.Name.Length > 0 && kind.Namespaced && target.Namespace is null)
            || (target.Subresource.Length > 0 && !(target.Subresource == "status" && kind.HasStatus)))
        {
            return NotServed();
        }

        if (Negotiation.FormOf(http.Request) == AnswerForm.None)
        {
            await StatusAnswer.WriteAsync(http, StatusAnswer.NotAcceptable(), StatusCodes.Status406NotAcceptable);
            return null;
        }

        var call = new ApiCall(http, target, kind, services);
        var (verb, run) = VerbOf(call);
        if (run is null)
        {
            return NotAllowed();
        }

        if (services.Authorizer is { } authorizer
            && await authorizer.RefuseAsync(http, new ResourceAccess(verb, kind.Group, kind.Plural, target.Subresource, call.Namespace, target.Name)) is { } reason)
        {
            return new Problem(ProblemCode.Forbidden, $"{kind.Plural} \"{target.Name}\" is forbidden: {reason}");
        }

        return await run(call);
    }

    private static Problem NotAllowed() => new(ProblemCode.MethodNotAllowed, "the server does not allow this method on the requested resource");

    private static (string Verb, Func<ApiCall, Task<Problem?>>? Run) VerbOf(ApiCall call)
    {
        var named = call.Target.Name.Length > 0;
        var status = call.Target.Subresource.Length > 0;
        return call.Http.Request.Method switch
        {
            "GET" when !status && call.Flag("watch") => ("watch", WatchResources.RunAsync),
            "GET" when named => ("get", GetResource.RunAsync),
            "GET" => ("list", ListResources.RunAsync),
            "POST" when !named && (!call.Kind.Namespaced || call.Target.Namespace is not null) => ("create", CreateResource.RunAsync),
            "PUT" when named => ("update", ReplaceResource.RunAsync),
            "PATCH" when named => ("patch", PatchResource.RunAsync),
            "DELETE" when named && !status => ("delete", DeleteResource.RunAsync),
            "DELETE" when !named => ("deletecollection", DeleteResource.RunCollectionAsync),
            _ => ("", null),
        };
    }
}

/// <summary><c>/version</c>: the Kubernetes version whose API this is modelled on, so that clients choose their newest ways; the build says who it really is.</summary>
internal static class ServerVersion
{
    /// <summary>Of the MLflow server that we answer as: its clients ask which calls they may make.</summary>
    public const string Mlflow = "3.11.0";

    /// <summary>MLflow has the same path with a plain text behind it; its clients in every language name themselves.</summary>
    public static bool AsksAsMlflow(HttpRequest request) => request.Headers.UserAgent.ToString().StartsWith("mlflow-", StringComparison.OrdinalIgnoreCase);

    public static JsonObject ToJson() => new()
    {
        ["major"] = "1",
        ["minor"] = "32",
        ["gitVersion"] = "v1.32.0+slipway",
        ["gitCommit"] = "",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "1970-01-01T00:00:00Z",
        ["goVersion"] = "",
        ["compiler"] = "dotnet",
        ["platform"] = $"linux/{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant() switch { "x64" => "amd64", var other => other }}",
    };
}
