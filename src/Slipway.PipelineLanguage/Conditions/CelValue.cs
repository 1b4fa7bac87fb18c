using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Conditions;

/// <summary>An error of an expression; caught where expressions are evaluated.</summary>
internal sealed class CelException(string message) : Exception(message);

internal enum CelType
{
    /// <summary>Only known when the expression is evaluated.</summary>
    Dyn,
    Null,
    Bool,
    Int,
    Double,
    String,
    List,
    Map,
}

/// <summary>A value of the expression language. Numbers that come from JSON are doubles, as in the protocol; whole ones only come from literals and <c>int()</c>.</summary>
internal readonly record struct CelValue(CelType Type, object? Content)
{
    public static CelValue Null { get; } = new(CelType.Null, null);

    public static CelValue Of(bool value) => new(CelType.Bool, value);

    public static CelValue Of(long value) => new(CelType.Int, value);

    public static CelValue Of(double value) => new(CelType.Double, value);

    public static CelValue Of(string value) => new(CelType.String, value);

    public static CelValue Of(JsonNode? node) => node switch
    {
        null => Null,
        JsonObject => new CelValue(CelType.Map, node),
        JsonArray => new CelValue(CelType.List, node),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => Of(node.GetValue<string>()),
            JsonValueKind.True => Of(true),
            JsonValueKind.False => Of(false),
            _ => Numbers.TryDouble(node, out var number) ? Of(number) : throw new CelException($"the number {node.ToJsonString()} is too large"),
        },
    };

    public bool IsNumber => Type is CelType.Int or CelType.Double;

    public bool Bool => (bool)Content!;

    public long Int => (long)Content!;

    public double Double => Type == CelType.Int ? Int : (double)Content!;

    public string String => (string)Content!;

    public JsonNode? ToJson() => Type switch
    {
        CelType.Null => null,
        CelType.Bool => JsonValue.Create(Bool),
        CelType.Int => JsonValue.Create(Int),
        CelType.Double when !double.IsFinite(Double) => throw new CelException("the result is not a finite number"),
        CelType.Double => ParameterValues.Plain(JsonValue.Create(Double)),
        CelType.String => JsonValue.Create(String),
        _ => ((JsonNode)Content!).DeepClone(),
    };

    /// <summary>Null is equal to null alone; values of other different types cannot be compared, numbers apart.</summary>
    public bool EqualTo(CelValue other)
    {
        if (IsNumber && other.IsNumber)
        {
            return CompareNumbers(other) == 0;
        }

        if (Type == CelType.Null || other.Type == CelType.Null)
        {
            return Type == other.Type;
        }

        if (Type != other.Type)
        {
            throw NoOverload("==", other);
        }

        return Type is CelType.List or CelType.Map ? ParameterValues.AreEqual((JsonNode)Content!, (JsonNode)other.Content!) : Content!.Equals(other.Content);
    }

    /// <summary>Below, equal or above; null for NaN.</summary>
    public int? CompareTo(CelValue other, string with)
    {
        if (IsNumber && other.IsNumber)
        {
            return CompareNumbers(other);
        }

        return (Type, other.Type) switch
        {
            (CelType.String, CelType.String) => CompareCodePoints(String, other.String),
            (CelType.Bool, CelType.Bool) => Bool.CompareTo(other.Bool),
            _ => throw NoOverload(with, other),
        };
    }

    public CelException NoOverload(string with, CelValue other) => new($"no such overload: {Name(Type)} {with} {Name(other.Type)}");

    public static string Name(CelType type) => type.ToString().ToLowerInvariant();

    // A double next to 2^63 must not be rounded to a long.
    private int? CompareNumbers(CelValue other) => (Type, other.Type) switch
    {
        (CelType.Int, CelType.Int) => Int.CompareTo(other.Int),
        (CelType.Int, CelType.Double) => Compare(Int, other.Double),
        (CelType.Double, CelType.Int) => -Compare(other.Int, Double),
        _ => double.IsNaN(Double) || double.IsNaN(other.Double) ? null : Double.CompareTo(other.Double),
    };

    private static int? Compare(long left, double right) =>
        double.IsNaN(right) ? null
        : right >= 9.2233720368547758e18 ? -1
        : right < -9.2233720368547758e18 ? 1
        : left != (long)right ? left.CompareTo((long)right)
        : -(right - Math.Truncate(right)).CompareTo(0.0);

    // UTF-16 order differs from that of code points where surrogates meet the end of the first plane.
    private static int CompareCodePoints(string left, string right)
    {
        var (a, b) = (left.EnumerateRunes(), right.EnumerateRunes());
        while (true)
        {
            var (more, moreOther) = (a.MoveNext(), b.MoveNext());
            if (!more || !moreOther)
            {
                return more.CompareTo(moreOther);
            }

            if (a.Current != b.Current)
            {
                return a.Current.CompareTo(b.Current);
            }
        }
    }

    public override string ToString() => Convert.ToString(Content, CultureInfo.InvariantCulture) ?? "null";
}
