namespace Slipway.Serving.Domain;

/// <summary>Which share of the traffic a prediction id belongs to. Depends on the id alone, so that the same id always gets the same revision.</summary>
internal static class TrafficSplit
{
    /// <summary>Shares are counted in hundredths of a percent.</summary>
    public const int Buckets = 10_000;

    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>
    /// 0 to 9999. FNV-1a over the UTF-16 units, then the 64-bit finalizer of MurmurHash3: FNV alone leaves the ids of a counter
    /// ("row-1", "row-2", ...) unevenly spread over a small modulus.
    /// </summary>
    public static int BucketOf(ReadOnlySpan<char> id)
    {
        var hash = FnvOffset;
        foreach (var c in id)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return (int)((hash ^ (hash >> 33)) % Buckets);
    }

    /// <summary>
    /// Whether an id is among so many percent of all. Spread otherwise than the canaries' shares, so that a sample holds as much of a canary as of
    /// the rest: 6553 shares no factor with the number of buckets.
    /// </summary>
    public static bool IsSampled(ReadOnlySpan<char> id, int percent) =>
        percent >= 100 || (percent > 0 && ((BucketOf(id) * 6553) + 4999) % Buckets < percent * (Buckets / 100));

    /// <summary>
    /// The place of the canary that owns the bucket, or -1 for the stable revision. Canaries own buckets from 0 upwards in their order, so an id
    /// that a canary has at 10% stays with it at 50%.
    /// </summary>
    public static int Choose(int bucket, ReadOnlySpan<int> percents)
    {
        var end = 0;
        for (var i = 0; i < percents.Length; i++)
        {
            end += percents[i] * (Buckets / 100);
            if (bucket < end)
            {
                return i;
            }
        }

        return -1;
    }
}
