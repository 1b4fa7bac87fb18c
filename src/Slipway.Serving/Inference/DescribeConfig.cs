using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;
using Slipway.Serving.Domain;
using Slipway.Serving.Revisions;

namespace Slipway.Serving.Inference;

/// <summary><c>GET .../models/{model}[/versions/{version}]/config</c>.</summary>
internal sealed class DescribeConfig(RouteTable routes)
{
    public Task HandleAsync(HttpContext http)
    {
        if (!ModelPath.FindLoaded(routes, http).TryGet(out var found, out var problem))
        {
            return OipAnswer.WriteAsync(http, problem);
        }

        var model = found.Revision.Model.Model;
        return OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name", found.Route.Name);
            writer.WriteString("platform", model.Platform);
            writer.WriteString("backend", ModelConfig.BackendOf(model));
            var batching = found.Revision.Lane.Batching;
            writer.WriteNumber("max_batch_size", batching?.MaxRows ?? 0);
            Write(writer, "input", model.Inputs, batching is not null);
            Write(writer, "output", model.Outputs, batching is not null);
            if (batching is not null)
            {
                WriteBatching(writer, batching);
            }

            writer.WriteStartObject("parameters");
            writer.WriteEndObject();
        });
    }

    private static void WriteBatching(Utf8JsonWriter writer, BatchPolicy batching)
    {
        writer.WriteStartObject("dynamic_batching");
        writer.WriteStartArray("preferred_batch_size");
        foreach (var size in batching.Preferred)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteNumber("max_queue_delay_microseconds", (long)batching.MaxDelay.TotalMicroseconds);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string list, IReadOnlyList<OnnxTensorSpec> specs, bool batching)
    {
        writer.WriteStartArray(list);
        foreach (var spec in specs)
        {
            writer.WriteStartObject();
            writer.WriteString("name", spec.Name);
            writer.WriteString("data_type", ModelConfig.TypeOf(spec.Type));
            writer.WriteStartArray("dims");
            foreach (var size in ModelConfig.DimsOf(spec, batching))
            {
                writer.WriteNumberValue(size);
            }

            writer.WriteEndArray();
            if (spec.Optional)
            {
                writer.WriteBoolean("optional", true);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
