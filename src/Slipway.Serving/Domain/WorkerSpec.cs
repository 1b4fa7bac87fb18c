using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>
/// How the worker processes of a model are set up. It is part of the revision: with another environment or another method the same bytes are another
/// model.
/// </summary>
/// <param name="Environment">A named virtual environment of the server, or an absolute path of an interpreter; empty for the server's own choice.</param>
/// <param name="Method">What is called for a prediction; empty leaves it to the model: labels and probabilities of a classifier, else <c>predict</c>.</param>
/// <param name="MemoryBytes">Of one worker; null for no limit.</param>
/// <param name="Cpu">Cores of one worker; null for no limit.</param>
/// <param name="Seconds">The longest one prediction may take; null for the server's limit.</param>
internal sealed record WorkerSpec(
    string Environment, string Method, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string> Args, long? MemoryBytes, double? Cpu, int? Seconds)
{
    public const string EnvironmentAnnotation = "slipway.dev/python";
    public const string MethodAnnotation = "slipway.dev/predict-method";
    public const string SecondsAnnotation = "slipway.dev/predict-seconds";

    private const int MostSeconds = 24 * 3600;

    /// <summary>What would change whose worker it is, or how it is found.</summary>
    private static readonly string[] OwnVariables = ["SLIPWAY_ATTEMPT", "SLIPWAY_WORKER_TOKEN"];

    private static readonly string[] Methods = ["predict", "predict_proba", "predict_log_proba", "decision_function", "transform"];
    private static readonly string[] Limited = ["memory", "cpu"];

    public static WorkerSpec None { get; } = new("", "", new Dictionary<string, string>(), [], null, null, null);

    /// <summary>Reads a predictor's <c>model.env</c>, <c>model.args</c>, <c>model.resources</c> and the service's annotations.</summary>
    public static WorkerSpec Read(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults)
    {
        var model = ServiceSpec.At(predictor, "model");
        var method = Text(annotations, MethodAnnotation);
        if (method.Length > 0 && !Methods.Contains(method))
        {
            faults.Add(new Fault($"metadata.annotations[{MethodAnnotation}]", $"'{method}' is none of {string.Join(", ", Methods)}"));
        }

        int? seconds = null;
        if (Text(annotations, SecondsAnnotation) is { Length: > 0 } limit)
        {
            seconds = int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= MostSeconds ? value : null;
            if (seconds is null)
            {
                faults.Add(new Fault($"metadata.annotations[{SecondsAnnotation}]", $"'{limit}' is not a whole number of seconds from 1 to {MostSeconds}"));
            }
        }

        var args = (ServiceSpec.At(model, "args") as JsonArray ?? []).Select(a => a?.ToString() ?? "").ToArray();
        return new WorkerSpec(
            Text(annotations, EnvironmentAnnotation), method, ReadVariables(model, $"{path}.model.env", faults), args,
            (long?)Limit(model, "memory", $"{path}.model.resources", faults), Limit(model, "cpu", $"{path}.model.resources", faults), seconds);
    }

    /// <summary>The same settings always give the same text: it is compared to tell revisions apart.</summary>
    public string ToText() => new JsonObject
    {
        ["python"] = Environment, ["method"] = Method,
        ["env"] = new JsonObject(Variables.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => KeyValuePair.Create<string, JsonNode?>(v.Key, v.Value))),
        ["args"] = new JsonArray([.. Args.Select(a => JsonValue.Create(a))]), ["memory"] = MemoryBytes, ["cpu"] = Cpu, ["seconds"] = Seconds,
    }.ToJsonString();

    public static WorkerSpec Parse(string text)
    {
        if (text.Length == 0)
        {
            return None;
        }

        var json = JsonNode.Parse(text) ?? throw new JsonException("Settings of a worker are an object");
        return new WorkerSpec(
            (string?)json["python"] ?? "", (string?)json["method"] ?? "",
            (json["env"] as JsonObject ?? []).ToDictionary(v => v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal),
            [.. (json["args"] as JsonArray ?? []).Select(a => (string?)a ?? "")], (long?)json["memory"], (double?)json["cpu"], (int?)json["seconds"]);
    }

    private static Dictionary<string, string> ReadVariables(JsonNode? model, string path, List<Fault> faults)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = ServiceSpec.At(model, "env") as JsonArray ?? [];
        for (var i = 0; i < entries.Count; i++)
        {
            var name = ServiceSpec.At(entries[i], "name")?.ToString() ?? "";
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
            {
                faults.Add(new Fault($"{path}[{i}].name", "is required, and must not hold '=' or a zero byte"));
            }
            else if (ServiceSpec.At(entries[i], "valueFrom") is not null)
            {
                faults.Add(new Fault($"{path}[{i}].valueFrom", "is not supported; write the value"));
            }
            else if (OwnVariables.Contains(name) || !variables.TryAdd(name, ServiceSpec.At(entries[i], "value")?.ToString() ?? ""))
            {
                faults.Add(new Fault($"{path}[{i}].name", OwnVariables.Contains(name) ? $"'{name}' is the server's own" : $"'{name}' is given twice"));
            }
        }

        return variables;
    }

    /// <summary>A request without a limit bounds nothing: on one machine nothing is set aside.</summary>
    private static double? Limit(JsonNode? model, string what, string path, List<Fault> faults)
    {
        foreach (var kind in new[] { "limits", "requests" })
        {
            foreach (var (name, _) in ServiceSpec.At(model, "resources", kind) as JsonObject ?? [])
            {
                // Told once, though both amounts are read.
                if (what == Limited[0] && !Limited.Contains(name))
                {
                    faults.Add(new Fault($"{path}.{kind}.{name}", "is not supported; workers have limits of memory and cpu"));
                }
            }
        }

        if (ServiceSpec.At(model, "resources", "limits", what)?.ToString() is not { } text)
        {
            return null;
        }

        if (Quantity.TryParse(text, out var amount) && amount > 0 && (what != "memory" || amount < long.MaxValue))
        {
            return amount;
        }

        faults.Add(new Fault($"{path}.limits.{what}", $"'{text}' is not an amount such as 500m, 2 or 1Gi"));
        return null;
    }

    private static string Text(JsonNode? annotations, string name) => ServiceSpec.At(annotations, name)?.ToString() ?? "";
}
