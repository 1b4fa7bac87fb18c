using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;
using Slipway.Serving.Payloads;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>The condition <c>LoggerReady</c>: whether payload events get to their sink and payload files to their object store, and how many did not.</summary>
internal sealed class LoggerStatus(EventSinks sinks, PayloadUploader uploader, OutboundHttp http, TimeProvider time)
{
    public const string Condition = "LoggerReady";

    /// <summary>False while events or files do not get through: the service is looked at again then.</summary>
    public bool Write(Resource resource, LoggerSpec? logger)
    {
        if (logger is null or { Url: null, Storage: null })
        {
            Drop(resource);
            return true;
        }

        if (logger.Url is { } url && http.Rules.Refuse(url) is { } refused)
        {
            Set(resource, false, "AddressRefused", $"No payload is sent: {refused}");
            return true;
        }

        var sink = sinks.Find(resource.Namespace, resource.Name)?.Health ?? new SinkHealth(null, 0, 0);
        var files = uploader.Health(resource.Namespace, resource.Name);
        var holds = sink.Trouble is null && files.Trouble is null;
        var texts = new[] { logger.Url is { } to ? Of(to, sink) : null, logger.Storage is { } place ? Of(place, files) : null };
        Set(resource, holds, holds ? "Delivering" : sink.Trouble is not null ? "SinkFailing" : "StorageFailing", string.Join(". ", texts.OfType<string>()));
        return holds;
    }

    private static string Of(Uri url, SinkHealth health) =>
        health.Trouble is { } trouble
            ? string.Create(CultureInfo.InvariantCulture, $"{url}: {trouble}; {health.Shed} events did not reach it so far")
            : health.Shed == 0 ? $"Payloads are sent to {url}"
            : string.Create(CultureInfo.InvariantCulture, $"Payloads are sent to {url}; {health.Shed} events did not reach it");

    private static string Of(PayloadStorage storage, UploadHealth health) =>
        health.Trouble is { } trouble
            ? string.Create(CultureInfo.InvariantCulture, $"{storage}: {trouble}; {health.Files} payload files wait here")
            : $"Payload files go to {storage}";

    private void Set(Resource resource, bool holds, string reason, string message) =>
        Conditions.Set(resource, Condition, holds ? "True" : "False", reason, message, time.GetUtcNow());

    private static void Drop(Resource resource)
    {
        if (resource.Status["conditions"] is JsonArray list && list.FirstOrDefault(c => (string?)c?["type"] == Condition) is { } stale)
        {
            list.Remove(stale);
        }
    }
}
