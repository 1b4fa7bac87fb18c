namespace Slipway.Pipelines.Kfp.Listing;

/// <summary>The numbers are the wire's.</summary>
internal enum FilterOperation
{
    Equals = 1,
    NotEquals = 2,
    GreaterThan = 3,
    GreaterThanEquals = 5,
    LessThan = 6,
    LessThanEquals = 7,
    In = 8,
    IsSubstring = 9,
}

/// <param name="Values">One, or for <see cref="FilterOperation.In"/> any number: string, long or DateTimeOffset.</param>
internal sealed record Predicate(string Key, FilterOperation Operation, IReadOnlyList<object> Values);
