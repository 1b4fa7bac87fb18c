using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Inference;

/// <summary><c>GET /v2</c>, <c>/v2/health/live</c>, <c>/v2/health/ready</c>, <c>/v2/models</c>.</summary>
internal sealed class DescribeServer(RouteTable routes)
{
    public static readonly string[] Extensions =
    [
        "classification", "schedule_policy", "model_repository", "model_repository(unload_dependents)", "model_configuration", "binary_tensor_data", "parameters", "statistics",
    ];

    public const string Name = "slipway";

    public static readonly string Version = typeof(DescribeServer).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static Task MetadataAsync(HttpContext http) => OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
    {
        writer.WriteString("name", Name);
        writer.WriteString("version", Version);
        writer.WriteStartArray("extensions");
        foreach (var extension in Extensions)
        {
            writer.WriteStringValue(extension);
        }

        writer.WriteEndArray();
    });

    public static Task LiveAsync(HttpContext http) => OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer => writer.WriteBoolean("live", true));

    /// <summary>200 when every model can answer; 503 names those that cannot.</summary>
    public Task ReadyAsync(HttpContext http)
    {
        var service = ModelPath.ServiceOf(http);
        var waiting = routes.All
            .Where(r => service is null || (r.Name == service && r.Namespace == ModelPath.NamespaceOf(http)))
            .Where(r => r.Stable is null)
            .Select(r => $"{r.Namespace}/{r.Name}")
            .Order(StringComparer.Ordinal)
            .ToArray();
        return waiting.Length == 0
            ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer => writer.WriteBoolean("ready", true))
            : OipAnswer.WriteAsync(http, Problem.Unavailable($"Not ready: {string.Join(", ", waiting)}", TimeSpan.FromSeconds(1)));
    }

    public Task ListModelsAsync(HttpContext http)
    {
        var (ns, service) = (ModelPath.NamespaceOf(http), ModelPath.ServiceOf(http));
        var names = routes.All.Where(r => r.Namespace == ns && (service is null || r.Name == service)).Select(r => r.Name).Order(StringComparer.Ordinal).ToArray();
        return OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartArray("models");
            foreach (var name in names)
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
        });
    }
}
