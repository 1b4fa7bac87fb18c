using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>Which half of an exchange goes to the sink.</summary>
internal enum LoggerMode
{
    All,
    Request,
    Response,
}

/// <summary>
/// KServe's <c>spec.predictor.logger</c>. Present, the service's payloads are kept in the server's payload files; with a url they also go there as
/// CloudEvents.
/// </summary>
/// <param name="Url">The sink; null keeps payload files alone.</param>
/// <param name="Headers">Names of request headers that events carry.</param>
/// <param name="Annotations">Those annotations of the service that events carry.</param>
/// <param name="SamplePercent">Share of the exchanges that are kept and sent, by prediction id.</param>
/// <param name="AllResponses">Responses other than 200 are sent too, with their status.</param>
internal sealed record LoggerSpec(
    Uri? Url, LoggerMode Mode, IReadOnlyList<string> Headers, IReadOnlyDictionary<string, string> Annotations, int SamplePercent, bool AllResponses)
{
    /// <summary>A percentage such as <c>10</c>.</summary>
    public const string SampleAnnotation = "slipway.dev/payload-sample";

    /// <summary>"true" sends responses other than 200 too.</summary>
    public const string AllResponsesAnnotation = "slipway.dev/log-all-responses";

    /// <summary>Where payload files go when they are packed; null keeps them in the data folder. KServe writes it as the url, or as storage.path.</summary>
    public PayloadStorage? Storage { get; init; }

    /// <summary>Null when the service has no logger or a faulty one; the faults are added.</summary>
    public static LoggerSpec? Read(JsonObject resource, List<Fault> faults)
    {
        var annotations = ServiceSpec.At(resource, "metadata", "annotations") as JsonObject;
        var before = faults.Count;
        var sample = Percent(annotations, faults);
        var all = Flag(annotations, faults);
        if (ServiceSpec.At(resource, "spec", "predictor", "logger") is not JsonObject logger)
        {
            return null;
        }

        var isStorage = PayloadStorage.Is(Text(logger["url"]));
        var url = isStorage ? null : OutboundAddress.Read(logger["url"], "spec.predictor.logger.url", faults);
        var storage = PayloadStorage.Read((logger["storage"] as JsonObject)?["path"], "spec.predictor.logger.storage.path", faults);
        if (isStorage && PayloadStorage.Read(logger["url"], "spec.predictor.logger.url", faults) is { } place)
        {
            if (storage is not null && storage != place)
            {
                faults.Add(new Fault("spec.predictor.logger.storage.path", $"is {storage}, and url is {place}: name one place for the files"));
            }

            storage = place;
        }

        var mode = Text(logger["mode"]) switch
        {
            null or "all" => LoggerMode.All,
            "request" => LoggerMode.Request,
            "response" => LoggerMode.Response,
            var other => Refuse(other),
        };
        var carried = Texts(logger["metadataAnnotations"])
            .Select(name => (Name: name, Value: Text(annotations?[name])))
            .Where(a => a.Value is not null)
            .DistinctBy(a => a.Name)
            .ToDictionary(a => a.Name, a => a.Value!, StringComparer.Ordinal);
        return faults.Count > before ? null : new LoggerSpec(url, mode, [.. Texts(logger["metadataHeaders"])], carried, sample, all) { Storage = storage };

        LoggerMode Refuse(string other)
        {
            faults.Add(new Fault("spec.predictor.logger.mode", $"'{other}' is neither all, request nor response"));
            return LoggerMode.All;
        }
    }

    private static int Percent(JsonObject? annotations, List<Fault> faults)
    {
        if (Text(annotations?[SampleAnnotation]) is not { } text)
        {
            return 100;
        }

        if (int.TryParse(text.TrimEnd('%'), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100)
        {
            return percent;
        }

        faults.Add(new Fault($"metadata.annotations[{SampleAnnotation}]", $"'{text}' is not a percentage from 0 to 100"));
        return 100;
    }

    private static bool Flag(JsonObject? annotations, List<Fault> faults)
    {
        var text = Text(annotations?[AllResponsesAnnotation]);
        if (text is not (null or "true" or "false"))
        {
            faults.Add(new Fault($"metadata.annotations[{AllResponsesAnnotation}]", $"'{text}' is neither \"true\" nor \"false\""));
        }

        return text == "true";
    }

    private static IEnumerable<string> Texts(JsonNode? list) => (list as JsonArray ?? []).Select(Text).OfType<string>();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
