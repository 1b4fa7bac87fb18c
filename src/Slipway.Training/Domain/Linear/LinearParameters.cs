using Slipway.Training.Domain.Parameters;

namespace Slipway.Training.Domain.Linear;

/// <summary>What can be set for the linear model.</summary>
internal sealed record LinearParameters
{
    /// <summary>Strength of the ridge penalty on standardised weights, against a sum (not a mean) of losses, as in scikit-learn's Ridge.</summary>
    public double Alpha { get; init; } = 1;

    /// <summary>Steps of the optimiser at most; classification only.</summary>
    public int Iterations { get; init; } = 200;

    /// <summary>Stop when no derivative of the mean loss is greater; classification only.</summary>
    public double Tolerance { get; init; } = 1e-6;

    // A penalty of nothing would leave one-hot columns, which add up to one, without a unique solution.
    public static LinearParameters Read(ParameterReader reader)
    {
        var standard = new LinearParameters();
        return new LinearParameters
        {
            Alpha = reader.Number("alpha", standard.Alpha, 1e-6, 1e12),
            Iterations = reader.Int("max_iter", standard.Iterations, 1, 10_000),
            Tolerance = reader.Number("tol", standard.Tolerance, 0, 1, aboveMin: true),
        };
    }
}
