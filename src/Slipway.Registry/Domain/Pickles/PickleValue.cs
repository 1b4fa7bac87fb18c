namespace Slipway.Registry.Domain.Pickles;

/// <summary>As much of a value as is needed to tell what a pickle would do; everything else is <see cref="Opaque"/>.</summary>
internal abstract record PickleValue
{
    public static PickleValue Unknown { get; } = new Opaque();

    public static PickleValue MarkHere { get; } = new Mark();

    public sealed record Opaque : PickleValue;

    public sealed record Mark : PickleValue;

    public sealed record Text(string Value) : PickleValue;

    public sealed record Number(long Value) : PickleValue;

    public sealed record Tuple(IReadOnlyList<PickleValue> Items) : PickleValue;

    public sealed record Map(Dictionary<string, PickleValue> Items) : PickleValue;

    public sealed record Global(string Module, string Name) : PickleValue;

    /// <summary>What calling or instantiating gave.</summary>
    public sealed record Made(Global? From, PickleValue Arguments) : PickleValue;
}
