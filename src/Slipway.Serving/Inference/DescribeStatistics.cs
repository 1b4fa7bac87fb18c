using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Serving.Revisions;
using Slipway.Serving.Statistics;

namespace Slipway.Serving.Inference;

/// <summary><c>GET /v2/models/stats</c> and <c>GET .../models/{model}[/versions/{version}]/stats</c>.</summary>
internal sealed class DescribeStatistics(RouteTable routes, StatisticsTable statistics)
{
    public Task AllAsync(HttpContext http)
    {
        var (ns, service) = (ModelPath.NamespaceOf(http), ModelPath.ServiceOf(http));
        return WriteAsync(http, [.. routes.All
            .Where(r => r.Namespace == ns && (service is null || r.Name == service))
            .OrderBy(r => r.Name, StringComparer.Ordinal)
            .SelectMany(r => Of(r.Namespace, r.Name, null))]);
    }

    public Task OneAsync(HttpContext http)
    {
        var version = ModelPath.VersionOf(http);
        if (!ModelPath.Find(routes, http).TryGet(out var route, out var problem))
        {
            return OipAnswer.WriteAsync(http, problem);
        }

        var found = Of(route.Namespace, route.Name, version).ToArray();
        return found.Length == 0 && version is not null
            ? OipAnswer.WriteAsync(http, Problem.NotFound($"Version '{version}' of model '{route.Name}'"))
            : WriteAsync(http, found);
    }

    /// <summary>Every version that was loaded since the start, or the one asked for.</summary>
    internal IEnumerable<(string Model, string Version, ModelStatistics Statistics)> Of(string ns, string model, string? version) =>
        statistics.OfService(ns, model).Where(s => version is null || s.Version == version).Select(s => (model, s.Version, s.Statistics));

    private static Task WriteAsync(HttpContext http, IReadOnlyList<(string Model, string Version, ModelStatistics Statistics)> all) =>
        OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartArray("model_stats");
            foreach (var (model, version, counted) in all)
            {
                Write(writer, model, version, counted);
            }

            writer.WriteEndArray();
        });

    private static void Write(Utf8JsonWriter writer, string model, string version, ModelStatistics counted)
    {
        writer.WriteStartObject();
        writer.WriteString("name", model);
        writer.WriteString("version", version);
        writer.WriteNumber("last_inference", counted.LastInference);
        writer.WriteNumber("inference_count", counted.Inferences);
        writer.WriteNumber("execution_count", counted.Executions);
        writer.WriteStartObject("inference_stats");
        Write(writer, "success", counted.Success);
        Write(writer, "fail", counted.Fail);
        Write(writer, "queue", counted.Queue);
        Write(writer, "compute_input", counted.ComputeInput);
        Write(writer, "compute_infer", counted.ComputeInfer);
        Write(writer, "compute_output", counted.ComputeOutput);
        Write(writer, "cache_hit", counted.CacheHit);
        Write(writer, "cache_miss", counted.CacheMiss);
        writer.WriteEndObject();
        writer.WriteStartArray("batch_stats");
        foreach (var (size, batch) in counted.Batches)
        {
            writer.WriteStartObject();
            writer.WriteNumber("batch_size", size);
            Write(writer, "compute_input", batch.ComputeInput);
            Write(writer, "compute_infer", batch.ComputeInfer);
            Write(writer, "compute_output", batch.ComputeOutput);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("response_stats");
        writer.WriteEndObject();
        writer.WriteStartArray("memory_usage");
        if (counted.MemoryBytes > 0)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "CPU");
            writer.WriteNumber("id", 0);
            writer.WriteNumber("byte_size", counted.MemoryBytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, DurationCount counted)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("count", counted.Count);
        writer.WriteNumber("ns", counted.Nanoseconds);
        writer.WriteEndObject();
    }
}
