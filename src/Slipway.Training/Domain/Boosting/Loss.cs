namespace Slipway.Training.Domain.Boosting;

/// <summary>What boosting lowers. Raw predictions are [outputs][rows]; one tree per output and round.</summary>
internal abstract class Loss
{
    public abstract int Outputs { get; }

    /// <summary>Every hessian is 1, so that it need not be kept.</summary>
    public abstract bool ConstantHessian { get; }

    /// <summary>The best constant raw prediction per output.</summary>
    public abstract double[] Baseline(int[] rows);

    /// <summary>Prepares what the outputs of one round share; called once before <see cref="Fill"/>.</summary>
    public virtual void StartRound(double[][] raw, Workers workers)
    {
    }

    /// <summary>Fills the derivatives for one output.</summary>
    public abstract void Fill(Gradients gradients, double[][] raw, int output, Workers workers);

    /// <summary>The mean loss over some rows, weighted.</summary>
    public abstract double Mean(double[][] raw, int[] rows);
}
