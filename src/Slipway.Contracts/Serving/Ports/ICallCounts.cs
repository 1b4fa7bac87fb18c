namespace Slipway.Contracts.Serving.Ports;

/// <param name="ModelVersion">The version that answered.</param>
/// <param name="Day">In UTC.</param>
public sealed record CallsOfDay(string Service, int ModelVersion, DateOnly Day, long Count);

/// <summary>How often inference services were called, as the prediction log has it.</summary>
public interface ICallCounts
{
    /// <summary>Answers to callers since <paramref name="since"/>, by service, version and day of the call; days without calls are left out.</summary>
    Task<IReadOnlyList<CallsOfDay>> ByDayAsync(string ns, IReadOnlyList<string> services, DateTimeOffset since, CancellationToken cancellation);
}
