namespace Slipway.Bench.Serving;

/// <summary>What is measured, again and again in turn with the others.</summary>
/// <param name="Beside">The case whose processor time is 1 for this one; null for none.</param>
internal sealed record Case(string Name, string? Beside, Func<double, Task<Figures>> Measure);
