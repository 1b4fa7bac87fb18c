using System.Globalization;

namespace Slipway.Registry.Domain.Pickles;

/// <summary>
/// joblib writes an array's bytes into the middle of the pickle, right after the object that describes it. To stay in step one must know how many.
/// </summary>
internal static class JoblibArrays
{
    public static bool Describes(PickleValue.Global? from) =>
        from is { Name: "NumpyArrayWrapper" or "NDArrayWrapper" } && from.Module.StartsWith("joblib.", StringComparison.Ordinal);

    /// <summary>Moves behind the array; a nested pickle (an array of objects) is handed to <paramref name="nested"/>.</summary>
    /// <exception cref="PickleFormatException">It cannot be told how long the array is.</exception>
    public static void Skip(PickleInput input, PickleValue state, Action nested)
    {
        var fields = (state as PickleValue.Map)?.Items ?? throw Unclear();
        var type = TypeOf(fields.GetValueOrDefault("dtype"));
        if (type.StartsWith('O'))
        {
            nested();
            return;
        }

        if (fields.GetValueOrDefault("numpy_array_alignment_bytes") is PickleValue.Number)
        {
            input.Skip(input.Unsigned(1));
        }

        input.Skip(Count(fields.GetValueOrDefault("shape")) * Width(type));
    }

    private static string TypeOf(PickleValue? value) =>
        value is PickleValue.Made { From: { Module: "numpy", Name: "dtype" }, Arguments: PickleValue.Tuple { Items: [PickleValue.Text type, ..] } }
            ? type.Value.TrimStart('<', '>', '|', '=')
            : throw Unclear();

    private static long Width(string type)
    {
        if (type.Length < 2 || !int.TryParse(type.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            throw Unclear();
        }

        return type[0] == 'U' ? 4L * size : size;
    }

    private static long Count(PickleValue? shape)
    {
        if (shape is not PickleValue.Tuple dimensions)
        {
            throw Unclear();
        }

        long count = 1;
        foreach (var dimension in dimensions.Items)
        {
            count = dimension is PickleValue.Number { Value: >= 0 } n && (n.Value == 0 || count <= long.MaxValue / 1024 / n.Value) ? count * n.Value : throw Unclear();
        }

        return count;
    }

    private static PickleFormatException Unclear() => new("has an array of joblib's whose length cannot be told");
}
