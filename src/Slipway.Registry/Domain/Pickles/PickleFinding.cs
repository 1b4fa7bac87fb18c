namespace Slipway.Registry.Domain.Pickles;

internal enum PickleLevel
{
    /// <summary>Known to only make data.</summary>
    Harmless,

    /// <summary>Nothing is known of it; loading it runs its code.</summary>
    Suspicious,

    /// <summary>Runs commands, reads files or reaches the net, or hides what it does.</summary>
    Dangerous,

    /// <summary>Could not be followed to its end, so nothing can be said.</summary>
    Unreadable,
}

/// <param name="What">The name that is imported, <c>os.system</c>, or what else was found.</param>
/// <param name="Offset">Where in the stream, in bytes.</param>
internal sealed record PickleFinding(PickleLevel Level, string What, string Why, long Offset);
