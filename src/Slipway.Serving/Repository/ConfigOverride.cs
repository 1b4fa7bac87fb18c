using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Repository;

/// <summary>
/// A model configuration as Triton writes it, for as much of it as this server has: what it asks for becomes fields and annotations of the InferenceService. What it has
/// no meaning for here is refused by name rather than left without effect.
/// </summary>
internal sealed class ConfigOverride
{
    /// <summary>What answers are kept in when response_cache says nothing of its size.</summary>
    private const string CacheSize = "64Mi";

    private readonly JsonObject _annotations = [];
    private readonly JsonObject _predictor = [];

    private ConfigOverride()
    {
    }

    public string? Name { get; private set; }

    public string? Platform { get; private set; }

    public string? Backend { get; private set; }

    /// <summary><c>default_model_filename</c>.</summary>
    public string? FileName { get; private set; }

    /// <summary>The one version that <c>version_policy</c> chooses; null leaves it to the highest.</summary>
    public int? Version { get; private set; }

    /// <summary>Null when the configuration does not say.</summary>
    public int? MaxBatchSize { get; private set; }

    public IReadOnlyList<ConfigTensor> Inputs { get; private set; } = [];

    public IReadOnlyList<ConfigTensor> Outputs { get; private set; } = [];

    /// <summary>Whether only the model itself can tell that the configuration is right.</summary>
    public bool ClaimsOfModel => Inputs.Count > 0 || Outputs.Count > 0 || MaxBatchSize > 0;

    /// <summary>Members of <c>metadata.annotations</c>; null removes one.</summary>
    public JsonObject Annotations => (JsonObject)_annotations.DeepClone();

    /// <summary>Members of <c>spec.predictor</c>; null removes one.</summary>
    public JsonObject Predictor => (JsonObject)_predictor.DeepClone();

    /// <summary>Reads it, with all faults at once.</summary>
    public static Result<ConfigOverride> Read(string json)
    {
        JsonObject? root;
        try
        {
            root = string.IsNullOrWhiteSpace(json) ? [] : JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { MaxDepth = 32 }) as JsonObject;
            _ = root?.Count;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return Problem.Invalid($"parameters.config: is not JSON: {e.Message}");
        }

        if (root is null)
        {
            return Problem.Invalid("parameters.config: must be a JSON object");
        }

        var (read, faults) = (new ConfigOverride(), new ConfigReader());
        foreach (var (name, value) in root)
        {
            read.Field($"config.{name}", name, value, faults);
        }

        read.CheckBatching(root, faults);
        return faults.All.Count == 0 ? read : Problem.Invalid(faults.All);
    }

    private void Field(string path, string name, JsonNode? value, ConfigReader read)
    {
        switch (name)
        {
            case "name":
                Name = read.Text(path, value);
                break;
            case "platform":
                Platform = read.Text(path, value);
                break;
            case "backend":
                Backend = read.Text(path, value);
                break;
            case "default_model_filename":
                FileName = read.Text(path, value) is { Length: > 0 } file ? file : null;
                break;
            case "max_batch_size":
                MaxBatchSize = read.Whole(path, value, 0, 100_000);
                break;
            case "input":
                Inputs = read.Tensors(path, value);
                break;
            case "output":
                Outputs = read.Tensors(path, value);
                break;
            case "dynamic_batching":
                Batching(path, value, read);
                break;
            case "instance_group":
                Instances(path, value, read);
                break;
            case "response_cache":
                _annotations[CachePolicy.Annotation] = read.Flag($"{path}.enable", read.Only(path, value, "enable")?["enable"]) == true ? CacheSize : null;
                break;
            case "version_policy":
                Policy(path, value, read);
                break;
            case "model_transaction_policy":
                if (read.Flag($"{path}.decoupled", read.Only(path, value, "decoupled")?["decoupled"]) == true)
                {
                    read.Fault($"{path}.decoupled", "one request has one answer here; leave it out");
                }

                break;
            default:
                if (value is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 } or JsonValue) || value is JsonValue scalar && scalar.ToJsonString() is not ("\"\"" or "0" or "false"))
                {
                    read.Fault(path, "has no meaning here; leave it out");
                }

                break;
        }
    }

    private void Batching(string path, JsonNode? value, ConfigReader read)
    {
        if (read.Only(path, value, "preferred_batch_size", "max_queue_delay_microseconds", "preserve_ordering", "default_queue_policy") is not { } batching)
        {
            return;
        }

        var sizes = read.Wholes($"{path}.preferred_batch_size", batching["preferred_batch_size"], 1, 100_000);
        _annotations[BatchPolicy.PreferredAnnotation] = sizes.Count > 0 ? string.Join(',', sizes) : null;
        var delay = read.Whole($"{path}.max_queue_delay_microseconds", batching["max_queue_delay_microseconds"], 0, int.MaxValue);
        _annotations[BatchPolicy.DelayAnnotation] = delay?.ToString(CultureInfo.InvariantCulture);

        // Answers never go to another caller, nor a later batch before an earlier one of the same line.
        read.Flag($"{path}.preserve_ordering", batching["preserve_ordering"]);
        if (batching["default_queue_policy"] is { } policy && read.Only($"{path}.default_queue_policy", policy, "max_queue_size") is { } queue)
        {
            var limit = read.Whole($"{path}.default_queue_policy.max_queue_size", queue["max_queue_size"], 0, 1_000_000);
            _annotations[RunPolicy.QueueLimitAnnotation] = limit is > 0 ? limit.Value.ToString(CultureInfo.InvariantCulture) : null;
        }
    }

    /// <summary>Instances are runs at a time: a session is shared by all of them, so its weights are in memory once.</summary>
    private void Instances(string path, JsonNode? value, ConfigReader read)
    {
        var runs = 0;
        foreach (var (group, at) in read.Objects(path, value))
        {
            read.Only(at, group, "name", "count", "kind");
            var kind = group["kind"] is { } told ? read.Text($"{at}.kind", told) : null;
            if (kind is not (null or "KIND_CPU" or "KIND_AUTO"))
            {
                read.Fault($"{at}.kind", $"'{kind}' is not to be had on this server; use KIND_CPU");
            }

            runs += group["count"] is { } count ? read.Whole($"{at}.count", count, 1, 1000) ?? 0 : 1;
        }

        _predictor["containerConcurrency"] = runs;
    }

    private void Policy(string path, JsonNode? value, ConfigReader read)
    {
        if (read.Only(path, value, "latest", "specific") is not { } policy)
        {
            return;
        }

        if (policy["latest"] is { } latest && read.Only($"{path}.latest", latest, "num_versions") is { } newest
            && newest["num_versions"] is { } number && read.Whole($"{path}.latest.num_versions", number, 1, int.MaxValue) > 1)
        {
            read.Fault($"{path}.latest.num_versions", "a load serves one version; serve others with canaries of an InferenceService");
        }

        if (policy["specific"] is { } specific && read.Only($"{path}.specific", specific, "versions") is { } named)
        {
            var versions = read.Wholes($"{path}.specific.versions", named["versions"], 1, int.MaxValue);
            Version = versions.Count > 0 ? versions[0] : null;
            if (versions.Count > 1)
            {
                read.Fault($"{path}.specific.versions", "a load serves one version; serve others with canaries of an InferenceService");
            }
        }
    }

    private void CheckBatching(JsonObject root, ConfigReader read)
    {
        if (MaxBatchSize is { } size)
        {
            // One of the two ways to say it: KServe's batcher goes, so that they cannot disagree.
            _predictor["batcher"] = null;
            _annotations[BatchPolicy.MaxSizeAnnotation] = size > 0 ? size.ToString(CultureInfo.InvariantCulture) : null;
            if (size == 0 || !root.ContainsKey("dynamic_batching"))
            {
                _annotations[BatchPolicy.PreferredAnnotation] = null;
                _annotations[BatchPolicy.DelayAnnotation] = null;
            }
        }

        if (root.ContainsKey("dynamic_batching") && MaxBatchSize is null or 0)
        {
            read.Fault("config.dynamic_batching", "says nothing without a max_batch_size above 0");
        }
    }
}
