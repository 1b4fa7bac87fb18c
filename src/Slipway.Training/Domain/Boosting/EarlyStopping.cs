namespace Slipway.Training.Domain.Boosting;

/// <summary>Watches the loss on held-out rows and says when it has stopped falling.</summary>
internal sealed class EarlyStopping(BoostingParameters parameters, double startLoss)
{
    private double _best = startLoss;

    /// <summary>After how many rounds the loss was lowest.</summary>
    public int BestRounds { get; private set; }

    public bool ShouldStop(int rounds, double loss)
    {
        if (loss < _best - parameters.Tolerance)
        {
            (_best, BestRounds) = (loss, rounds);
        }

        return rounds - BestRounds >= parameters.Patience || rounds == parameters.Iterations;
    }
}
