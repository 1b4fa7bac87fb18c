using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes;

/// <summary>How many copies of a model there are and how they fare.</summary>
/// <param name="Wanted">Copies that the scaling asks for now; 0 while the model sleeps.</param>
/// <param name="Ready">Copies that can answer.</param>
/// <param name="Trouble">Why a copy is missing, in words; null when none is.</param>
internal sealed record ReplicaState(int Wanted, int Ready, string? Trouble)
{
    public bool Sleeps => Wanted == 0;
}

/// <summary>A model in copies whose number follows its load. A Deployment with its autoscaler can stand behind it as well as worker processes.</summary>
internal interface IScaledModel
{
    ReplicaState Replicas { get; }

    /// <summary>Takes new bounds and targets; copies come and go without a request noticing.</summary>
    void Scale(ScaleSpec scale);
}
