namespace Slipway.Tracking.Domain;

/// <summary>Names for runs and models that were given none: <c>calm-heron-418</c>. Easy to say and to remember; not unique.</summary>
internal static class RunNames
{
    private static readonly string[] Adjectives =
    [
        "able", "agile", "amber", "ample", "awake", "bold", "brave", "brief", "bright", "brisk", "calm", "clean", "clever", "cosy", "crisp", "curious", "deep",
        "eager", "early", "fair", "fine", "firm", "fresh", "gentle", "glad", "golden", "grand", "green", "handy", "happy", "honest", "humble", "keen", "kind",
        "light", "lively", "lucky", "mellow", "merry", "mild", "neat", "nimble", "noble", "patient", "plain", "polite", "proud", "quick", "quiet", "rapid", "rare",
        "ready", "robust", "round", "sharp", "silent", "simple", "smooth", "solid", "steady", "still", "sturdy", "sunny", "swift", "tidy", "vivid", "warm", "wise",
    ];

    private static readonly string[] Nouns =
    [
        "anchor", "barge", "bay", "beacon", "boat", "bridge", "buoy", "canal", "canoe", "cape", "captain", "cargo", "coast", "compass", "coral", "crane", "current",
        "deck", "dock", "dolphin", "eel", "ferry", "fleet", "gull", "harbor", "hawk", "heron", "hull", "island", "keel", "kelp", "ketch", "lagoon", "lantern",
        "lock", "marina", "mast", "otter", "pearl", "pier", "pilot", "port", "quay", "raft", "reef", "rigging", "river", "rudder", "sail", "salmon", "schooner",
        "seal", "shell", "ship", "shore", "skiff", "sloop", "spray", "squid", "stern", "strait", "swan", "tide", "trawler", "tug", "wave", "whale", "wharf",
    ];

    /// <param name="chance">A random number, any.</param>
    public static string Make(ulong chance)
    {
        var (adjective, noun) = (Adjectives[chance % (ulong)Adjectives.Length], Nouns[chance / 128 % (ulong)Nouns.Length]);
        return $"{adjective}-{noun}-{chance / 16384 % 1000}";
    }
}
