using System.Text.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>How a model is explained.</summary>
internal enum ExplainMethod
{
    /// <summary>Trees where the model is made of them, else kernel.</summary>
    Auto,

    /// <summary>Trees, path dependent where the model says how its training rows went, else interventional.</summary>
    Tree,
    TreePathDependent,
    TreeInterventional,
    Kernel,
    Permutation,
    Counterfactual,
}

/// <summary>What a counterfactual has to reach: a class, or a number within bounds.</summary>
internal sealed record WantedOutcome(string? Class, double? Min, double? Max);

/// <summary>
/// What an explanation was asked with: <c>parameters</c> of a request over <c>spec.explainer.slipway.config</c> of the service. The names are the same in both.
/// </summary>
internal sealed record ExplainSettings
{
    public const int MostBackgroundRows = 1000;
    private const int MostSamples = 1_000_000;

    private static readonly Dictionary<string, ExplainMethod> Methods = new(StringComparer.Ordinal)
    {
        ["auto"] = ExplainMethod.Auto,
        ["tree"] = ExplainMethod.Tree,
        ["tree-path-dependent"] = ExplainMethod.TreePathDependent,
        ["tree-interventional"] = ExplainMethod.TreeInterventional,
        ["kernel"] = ExplainMethod.Kernel,
        ["permutation"] = ExplainMethod.Permutation,
        ["counterfactual"] = ExplainMethod.Counterfactual,
    };

    public ExplainMethod Method { get; init; }

    public long Seed { get; init; }

    /// <summary>Coalitions that Kernel SHAP may try per row; null is 2 x features + 2048.</summary>
    public int? Samples { get; init; }

    /// <summary>Rows to draw the background from; null for another source.</summary>
    public JsonElement? Background { get; init; }

    /// <summary>A dataset, NAME or NAME:VERSION, to draw the background from.</summary>
    public string? BackgroundDataset { get; init; }

    public int BackgroundRows { get; init; } = 100;

    /// <summary>A class, or <c>all</c>; null is the predicted one.</summary>
    public string? Class { get; init; }

    /// <summary>Features that are one feature to the reader, such as the columns of a one-hot encoding.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public WantedOutcome? Wanted { get; init; }

    public IReadOnlyList<string> Immutable { get; init; } = [];

    public string? Metric { get; init; }

    public int Repeats { get; init; } = 5;

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Until { get; init; }

    public static string NameOf(ExplainMethod method) => Methods.First(m => m.Value == method).Key;

    public static bool TryMethod(string? text, out ExplainMethod method) => Methods.TryGetValue(text ?? "", out method);

    public static string MethodNames => string.Join(", ", Methods.Keys);

    /// <summary>These settings with what the object says instead; adds a fault for everything wrong or unknown in it.</summary>
    public ExplainSettings With(JsonElement given, string path, List<Fault> faults)
    {
        if (given.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new Fault(path, "must be an object"));
            return this;
        }

        var settings = this;
        foreach (var member in given.EnumerateObject())
        {
            var (value, at) = (member.Value, $"{path}.{member.Name}");
            settings = member.Name switch
            {
                "method" or "type" => TryMethod(Text(value), out var method) ? settings with { Method = method } : Wrong($"must be one of {MethodNames}"),
                "seed" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seed) ? settings with { Seed = seed } : Wrong("must be a whole number"),
                "samples" => Number(value, 2, MostSamples) is { } samples ? settings with { Samples = samples } : Wrong($"must be a whole number from 2 to {MostSamples}"),
                "background" => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MostBackgroundRows
                    ? settings with { Background = value, BackgroundDataset = null }
                    : Wrong($"must be a list of 1 to {MostBackgroundRows} rows, written as the instances are"),
                "background_dataset" => Text(value) is { Length: > 0 } dataset ? settings with { BackgroundDataset = dataset, Background = null } : Wrong("must be a dataset's NAME or NAME:VERSION"),
                "background_rows" => Number(value, 1, MostBackgroundRows) is { } rows ? settings with { BackgroundRows = rows } : Wrong($"must be a whole number from 1 to {MostBackgroundRows}"),
                "class" => Label(value) is { } label ? settings with { Class = label } : Wrong("must be a class, or \"all\""),
                "groups" => GroupsOf(value) is { } groups ? settings with { Groups = groups } : Wrong("must be an object of names and lists of at least two features"),
                "wanted" => WantedOf(value) is { } wanted ? settings with { Wanted = wanted } : Wrong("must be {\"class\": ...}, or {\"min\": number, \"max\": number} with at least one of the two"),
                "immutable" => Texts(value) is { } names ? settings with { Immutable = names } : Wrong("must be a list of features"),
                "metric" => Text(value) is { Length: > 0 } metric ? settings with { Metric = metric } : Wrong("must be the name of a metric"),
                "repeats" => Number(value, 1, 100) is { } repeats ? settings with { Repeats = repeats } : Wrong("must be a whole number from 1 to 100"),
                "from" => EventTime.TryParse(Text(value) ?? "", out var from) ? settings with { From = from } : Wrong($"must be an instant such as {EventTime.Example}"),
                "until" => EventTime.TryParse(Text(value) ?? "", out var until) ? settings with { Until = until } : Wrong($"must be an instant such as {EventTime.Example}"),
                _ => Wrong("is not a setting; there are method, seed, samples, background, background_dataset, background_rows, class, groups, wanted, immutable, metric, repeats, from, until"),
            };

            ExplainSettings Wrong(string why)
            {
                faults.Add(new Fault(at, why));
                return settings;
            }
        }

        return settings;
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Class labels may be numbers.</summary>
    private static string? Label(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(value);

    private static int? Number(JsonElement value, int least, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most ? number : null;

    private static List<string>? Texts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(v => v.GetString()!)]
            : null;

    private static Dictionary<string, IReadOnlyList<string>>? GroupsOf(JsonElement value)
    {
        var groups = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var group in value.EnumerateObject())
        {
            if (Texts(group.Value) is not { Count: >= 2 } members)
            {
                return null;
            }

            groups[group.Name] = members;
        }

        return groups;
    }

    private static WantedOutcome? WantedOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var wanted = new WantedOutcome(null, null, null);
        foreach (var member in value.EnumerateObject())
        {
            var number = member.Value.ValueKind == JsonValueKind.Number ? member.Value.GetDouble() : (double?)null;
            switch (member.Name)
            {
                case "class" when Label(member.Value) is { } label:
                    wanted = wanted with { Class = label };
                    break;
                case "min" when number is not null:
                    wanted = wanted with { Min = number };
                    break;
                case "max" when number is not null:
                    wanted = wanted with { Max = number };
                    break;
                default:
                    return null;
            }
        }

        return (wanted.Class is null) == (wanted.Min is not null || wanted.Max is not null) ? wanted : null;
    }
}
