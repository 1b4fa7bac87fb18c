namespace Slipway.Pipelines;

/// <summary>Settings of pipelines, under <c>Slipway:Pipelines</c>.</summary>
internal sealed class PipelinesOptions
{
    /// <summary>Steps that this server runs at once; 1 to 64. Two keeps a long training from holding up everything else on two cores.</summary>
    public int ParallelSteps { get; init; } = 2;

    /// <summary>Attempts at a step whose failures look passing (a resource away, a conflict); 1 to 100.</summary>
    public int MaxAttempts { get; init; } = 5;

    public IEnumerable<string> Faults()
    {
        if (ParallelSteps is < 1 or > 64)
        {
            yield return $"Slipway:Pipelines:ParallelSteps is {ParallelSteps}; it must be 1 to 64";
        }

        if (MaxAttempts is < 1 or > 100)
        {
            yield return $"Slipway:Pipelines:MaxAttempts is {MaxAttempts}; it must be 1 to 100";
        }
    }
}
