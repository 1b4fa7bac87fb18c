using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Text;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>Reads the short form: bare (<c>name</c>, <c>params</c>, <c>steps</c>), or as a Pipeline resource with <c>metadata.name</c> and <c>spec</c>.</summary>
internal static partial class ShortReader
{
    private static readonly string[] PipelineFields = ["name", "description", "image", "params", "parameters", "steps", "outputs", "apiVersion", "kind", "metadata", "spec"];

    private static readonly string[] StepFields =
    [
        "name", "run", "component", "uses", "image", "needs", "in", "with", "out", "params", "metrics", "matrix", "parallel", "if", "always", "cache", "retry", "timeout", "env", "secrets",
        "resources", "files",
    ];

    public static bool IsShortForm(JsonObject map) => map["steps"] is JsonObject or JsonArray || (string?)(map["kind"] as JsonValue)?.ToString() == "Pipeline";

    public static ShortPipeline Read(SourceDocument document, List<Fault> faults)
    {
        var top = new Fields((JsonObject)document.Value, "", document, faults);
        var spec = top.Object("spec") ?? top;
        Unknown(spec, PipelineFields);
        var name = top.ObjectOrEmpty("metadata").Text("name") ?? top.Text("name");
        if (name is null)
        {
            top.Fault("name", "is required");
        }

        var steps = new OrderedDictionary<string, ShortStep>(StringComparer.Ordinal);
        if (spec.Value("steps") is JsonArray)
        {
            foreach (var (step, at) in spec.Items("steps", f => (Step(f, f.RequiredText("name")), f)))
            {
                Add(steps, step, at);
            }
        }
        else
        {
            foreach (var (_, (step, at)) in spec.Each("steps", (key, f) => (Step(f, key), f)))
            {
                Add(steps, step, at);
            }
        }

        if (steps.Count == 0 && !faults.Any(f => f.Path.Contains("steps", StringComparison.Ordinal)))
        {
            spec.Fault("steps", "a pipeline needs at least one step");
        }

        return new ShortPipeline(name ?? "", Parameters(spec), steps)
        {
            Description = spec.Text("description"),
            Image = spec.Text("image"),
            Outputs = spec.TextMap("outputs"),
        };
    }

    private static void Add(OrderedDictionary<string, ShortStep> steps, ShortStep step, Fields at)
    {
        if (!StepName().IsMatch(step.Name))
        {
            at.Fault("name", $"'{step.Name}' must be lower-case letters, digits and dashes, at most 63");
        }
        else if (!steps.TryAdd(step.Name, step))
        {
            at.Fault("name", $"'{step.Name}' stands twice");
        }
    }

    private static ShortStep Step(Fields fields, string name)
    {
        Unknown(fields, StepFields);
        var kinds = new[] { "run", "component", "uses" }.Where(fields.Has).ToList();
        if (kinds.Count != 1)
        {
            fields.Fault("", kinds.Count == 0 ? "needs one of run, component or uses" : $"says {string.Join(" and ", kinds)}; a step does one thing");
        }

        var isArgv = fields.Value("run") is JsonArray;
        var cache = fields.Value("cache");
        return new ShortStep(name, fields.Path)
        {
            Run = isArgv ? null : fields.Text("run"),
            Argv = isArgv ? fields.Texts("run") : null,
            Component = fields.Text("component"),
            Uses = fields.Text("uses"),
            Image = fields.Text("image"),
            Needs = fields.Value("needs") is JsonValue ? [fields.RequiredText("needs")] : fields.Texts("needs"),
            In = Values(fields, "in", "with"),
            Out = Outputs(fields),
            Params = fields.Texts("params"),
            Metrics = fields.Text("metrics"),
            Matrix = Values(fields, "matrix"),
            Parallel = fields.Integer("parallel") is { } parallel and > 0 ? parallel : 0,
            // An unquoted true is a condition, too.
            If = fields.Value("if") is JsonValue flag && flag.TryGetValue<bool>(out var constant) ? (constant ? "true" : "false") : fields.Text("if"),
            Always = fields.Flag("always"),
            Cache = cache is JsonValue key && key.GetValueKind() == JsonValueKind.String ? true : fields.Flag("cache"),
            CacheKey = cache is JsonValue text && text.TryGetValue<string>(out var chosen) ? chosen : null,
            Retry = Retry(fields),
            Timeout = Duration(fields, "timeout"),
            Env = fields.TextMap("env"),
            Secrets = fields.TextMap("secrets"),
            Resources = Resources(fields),
            Files = fields.Texts("files"),
        };
    }

    private static OrderedDictionary<string, JsonNode?> Values(Fields fields, params string[] names)
    {
        var values = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            foreach (var (key, value) in fields.Object(name)?.Map ?? [])
            {
                if (!InputName().IsMatch(key))
                {
                    fields.Fault($"{name}.{key}", "a name must be letters, digits, dashes and underscores");
                }

                values[key] = value;
            }
        }

        return values;
    }

    private static OrderedDictionary<string, ShortOutput> Outputs(Fields fields)
    {
        var outputs = new OrderedDictionary<string, ShortOutput>(StringComparer.Ordinal);
        if (fields.Value("out") is JsonArray)
        {
            foreach (var name in fields.Texts("out"))
            {
                outputs[name] = new ShortOutput(null, ArtifactType.Of(ArtifactType.AnyTitle));
            }
        }
        else
        {
            foreach (var (name, type) in fields.TextMap("out"))
            {
                var parameter = ShortTypes.Parameter(type);
                var artifact = parameter is null ? ShortTypes.Artifact(type) : null;
                if (parameter is null && artifact is null)
                {
                    fields.Fault($"out.{name}", $"'{type}' is no type; the types are {ShortTypes.Known}");
                }

                outputs[name] = new ShortOutput(parameter, artifact);
            }
        }

        foreach (var name in outputs.Keys.Where(n => !InputName().IsMatch(n)))
        {
            fields.Fault($"out.{name}", "a name must be letters, digits, dashes and underscores");
        }

        return outputs;
    }

    private static OrderedDictionary<string, InputParameter> Parameters(Fields spec)
    {
        var parameters = new OrderedDictionary<string, InputParameter>(StringComparer.Ordinal);
        foreach (var (name, value) in spec.Object("params")?.Map ?? [])
        {
            parameters[name] = value is JsonObject described && described.Any(p => p.Key is "type" or "default" or "values")
                ? Parameter(new Fields(described, $"{spec.At("params")}.{name}", spec.Document, spec.Faults))
                : new InputParameter(ShortTypes.Of(value)) { HasDefault = true, Default = value?.DeepClone(), IsOptional = true };
        }

        foreach (var (name, parameter, at) in spec.Items("parameters", f => (f.RequiredText("name"), Parameter(f), f)))
        {
            if (name.Length > 0 && !parameters.TryAdd(name, parameter))
            {
                at.Fault("name", $"'{name}' stands twice");
            }
        }

        return parameters;
    }

    private static InputParameter Parameter(Fields fields)
    {
        var type = fields.Text("type") is not { } said ? ShortTypes.Of(fields.Value("default")) : ShortTypes.Parameter(said);
        if (type is null)
        {
            fields.Fault("type", $"'{fields.Text("type")}' is no type of a parameter; use string, int, float, bool, list, map or any");
        }
        else if (fields.Value("default") is { } value && ParameterValues.Retype(type.Value, value).Problem is { } problem)
        {
            fields.Fault("default", problem.Message);
        }

        return new InputParameter(type ?? ParameterType.Unspecified)
        {
            HasDefault = fields.Says("default"),
            Default = fields.Value("default")?.DeepClone(),
            IsOptional = fields.Says("default"),
            Description = fields.Text("description"),
            Literals = [.. fields.List("values").Select(v => v?.DeepClone())],
        };
    }

    private static RetryPolicy? Retry(Fields fields)
    {
        if (fields.Value("retry") is JsonObject)
        {
            var retry = fields.Object("retry")!;
            return retry.Integer("count") is { } count and > 0
                ? new RetryPolicy(count, Duration(retry, "backoff"), retry.Number("factor"), Duration(retry, "max"))
                : null;
        }

        return fields.Integer("retry") is { } times and > 0 ? new RetryPolicy(times, null, null, null) : null;
    }

    private static TimeSpan? Duration(Fields fields, string name)
    {
        if (fields.TextOrNumber(name) is not { } text)
        {
            return null;
        }

        if (DurationText.TryParse(fields.Value(name)!.GetValueKind() == JsonValueKind.Number ? text + "s" : text, out var duration) && duration > TimeSpan.Zero)
        {
            return duration;
        }

        fields.Fault(name, $"'{text}' must be a duration such as 30s, 10m or 2h");
        return null;
    }

    private static ResourceSpec? Resources(Fields fields) => fields.Object("resources") is not { } resources ? null : new ResourceSpec
    {
        CpuLimit = resources.TextOrNumber("cpu"),
        MemoryLimit = resources.TextOrNumber("memory"),
        AcceleratorType = resources.Text("acceleratorType") ?? (resources.Has("gpu") ? "nvidia.com/gpu" : null),
        AcceleratorCount = resources.TextOrNumber("gpu") ?? resources.TextOrNumber("accelerators"),
    };

    private static void Unknown(Fields fields, string[] known)
    {
        foreach (var name in fields.Map.Select(p => p.Key).Where(k => !known.Contains(k)).ToList())
        {
            fields.Fault(name, $"is not known here; there is: {string.Join(", ", known)}");
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex StepName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex InputName();
}
