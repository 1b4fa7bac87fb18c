using System.Globalization;
using Slipway.Training.Domain.Features;
using static Slipway.Training.Export.OnnxGraph;

namespace Slipway.Training.Export;

/// <summary>The model's inputs, one per feature, and the encoding of categories inside the graph, as <see cref="Feature"/> does it.</summary>
internal static class FeatureInputs
{
    /// <summary>The feature as a [rows, 1] value: float32 numbers as they come, categories as float32 codes.</summary>
    public static string AsFloat(OnnxGraph graph, Feature feature, string input) => feature.IsCategory
        ? MissingNumbers(graph, feature, input, Encode(graph, feature, input, Codes(feature).Select(c => (float)c), "values_floats", Float("default_float", feature.UnseenCode)), g => g.Constant([0f], 1))
        : input;

    /// <summary>A category as a [rows, 1] value of int64 codes.</summary>
    public static string AsIndex(OnnxGraph graph, Feature feature, string input) =>
        MissingNumbers(graph, feature, input, Encode(graph, feature, input, Codes(feature), "values_int64s", Int("default_int64", feature.UnseenCode)), g => g.Constant([0L], 1));

    /// <summary>Declares the inputs in the order of the features.</summary>
    public static string[] Declare(OnnxGraph graph, FeatureSet features) =>
        [.. features.Features.Select(f => graph.Input(f.Name, f.Kind == FeatureKind.TextCategory ? OnnxType.String : OnnxType.Float))];

    /// <summary>What a reader of the model wants to know, as metadata properties.</summary>
    public static void Describe(OnnxGraph graph, string algorithm, FeatureSet features, ClassLabels? classes)
    {
        graph.Metadata("producer", "slipway");
        graph.Metadata("algorithm", algorithm);
        graph.Metadata("features", System.Text.Json.JsonSerializer.Serialize(
            features.Features.ToDictionary(f => f.Name, f => f.IsCategory ? "category" : "number"), ExportJson.Default.DictionaryStringString));
        if (classes is not null)
        {
            graph.Metadata("classes", System.Text.Json.JsonSerializer.Serialize(
                classes.Names(), ExportJson.Default.StringArray));
        }
    }

    private static IEnumerable<long> Codes(Feature feature)
    {
        for (var code = 1; code <= feature.Kept; code++)
        {
            yield return code;
        }

        if (feature.Kind == FeatureKind.TextCategory)
        {
            yield return Feature.MissingCode;
        }
    }

    private static string Encode<T>(OnnxGraph graph, Feature feature, string input, IEnumerable<T> codes, string valuesName, Proto.AttributeProto unseen)
    {
        // The empty string is how a missing text arrives; it is a key of its own because unseen text may mean "other".
        var keys = feature.Kind == FeatureKind.TextCategory
            ? Texts("keys_strings", [.. feature.Texts, ""])
            : Floats("keys_floats", feature.Numbers.Length > 0 ? feature.Numbers : [0f]);
        var values = codes.ToList();
        if (values.Count == 0)
        {
            // A column without one present value: some key must stand in the table, and it means the same as every other.
            values.Add((T)Convert.ChangeType(feature.UnseenCode, typeof(T), CultureInfo.InvariantCulture));
        }

        var table = values is List<float> floats ? Floats(valuesName, floats) : Ints(valuesName, values.Cast<long>());
        return graph.MlNode("LabelEncoder", input, keys, table, unseen);
    }

    private static string MissingNumbers(OnnxGraph graph, Feature feature, string input, string codes, Func<OnnxGraph, string> missing) =>
        feature.Kind == FeatureKind.NumberCategory && feature.HasOther
            ? graph.Node("Where", graph.Node("IsNaN", input), missing(graph), codes)
            : codes;
}
