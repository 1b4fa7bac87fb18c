namespace Slipway.Training.Domain.Features;

internal enum FeatureKind
{
    /// <summary>A number, held as float32; NaN is missing.</summary>
    Number,
    /// <summary>Text; each kept category has a code, the empty string is missing.</summary>
    TextCategory,
    /// <summary>A number whose values are names, such as a city code; each kept value has a code.</summary>
    NumberCategory,
}

/// <summary>
/// How one column of the caller becomes one float32 column of the learner. Numbers are rounded to float32 because that is what
/// the exported model takes as input: training then sees exactly the values that serving will see, and a split never falls between them.
/// Categories become codes: 0 is missing, 1..K are the kept categories, K + 1 is "other" when there were more than were kept.
/// </summary>
internal sealed class Feature
{
    /// <summary>Codes must fit a byte with one left for missing and one for "other".</summary>
    public const int MaxCategories = 254;

    public const int MissingCode = 0;

    private readonly Dictionary<string, int>? _codeOfText;
    private readonly Dictionary<float, int>? _codeOfNumber;

    private Feature(string name, FeatureKind kind, string[] texts, float[] numbers, bool hasOther)
    {
        (Name, Kind, Texts, Numbers, HasOther) = (name, kind, texts, numbers, hasOther);
        if (kind == FeatureKind.TextCategory)
        {
            _codeOfText = new Dictionary<string, int>(texts.Length, StringComparer.Ordinal);
            for (var i = 0; i < texts.Length; i++)
            {
                _codeOfText.Add(texts[i], i + 1);
            }
        }
        else if (kind == FeatureKind.NumberCategory)
        {
            _codeOfNumber = new Dictionary<float, int>(numbers.Length);
            for (var i = 0; i < numbers.Length; i++)
            {
                _codeOfNumber.Add(numbers[i], i + 1);
            }
        }
    }

    public string Name { get; }

    public FeatureKind Kind { get; }

    /// <summary>The kept categories of a <see cref="FeatureKind.TextCategory"/> in the order of their codes.</summary>
    public string[] Texts { get; }

    /// <summary>The kept categories of a <see cref="FeatureKind.NumberCategory"/> in the order of their codes.</summary>
    public float[] Numbers { get; }

    public bool HasOther { get; }

    public bool IsCategory => Kind != FeatureKind.Number;

    /// <summary>The number of kept categories, K.</summary>
    public int Kept => Texts.Length + Numbers.Length;

    /// <summary>The number of different codes, missing and "other" included.</summary>
    public int Codes => Kept + 1 + (HasOther ? 1 : 0);

    /// <summary>What a category never seen in training is taken for: "other" where there is one, otherwise missing.</summary>
    public int UnseenCode => HasOther ? Kept + 1 : MissingCode;

    public static Feature Number(string name) => new(name, FeatureKind.Number, [], [], false);

    public static Feature Text(string name, string[] kept, bool hasOther) => new(name, FeatureKind.TextCategory, kept, [], hasOther);

    public static Feature NumberCategory(string name, float[] kept, bool hasOther) => new(name, FeatureKind.NumberCategory, [], kept, hasOther);

    public int CodeOf(string? text) =>
        string.IsNullOrEmpty(text) ? MissingCode : _codeOfText!.GetValueOrDefault(text, UnseenCode);

    public int CodeOf(float number) =>
        float.IsNaN(number) ? MissingCode : _codeOfNumber!.GetValueOrDefault(number, UnseenCode);
}
