namespace Slipway.Serving.Repository;

/// <summary>A file sent along with a load: <c>file:VERSION/NAME</c>.</summary>
internal sealed record ModelFile(int Version, string Name, ReadOnlyMemory<byte> Content)
{
    public const string Prefix = "file:";

    public string Parameter => $"{Prefix}{Version}/{Name}";
}
