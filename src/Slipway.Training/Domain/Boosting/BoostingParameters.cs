using Slipway.Training.Domain.Parameters;

namespace Slipway.Training.Domain.Boosting;

/// <summary>What can be set for gradient boosting. Names and defaults are those of scikit-learn's HistGradientBoosting, so that a recipe carries over.</summary>
internal sealed record BoostingParameters
{
    /// <summary>Rounds of boosting, one tree per round (one per class with more than two classes).</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>By how much each tree's values are shrunk.</summary>
    public double LearningRate { get; init; } = 0.1;

    public int MaxLeafNodes { get; init; } = 31;

    /// <summary>Splits from the root to a leaf at most; 0 is unlimited.</summary>
    public int MaxDepth { get; init; }

    public int MinSamplesLeaf { get; init; } = 20;

    public double L2 { get; init; }

    /// <summary>Bins of a numeric feature at most, missing not counted.</summary>
    public int MaxBins { get; init; } = 255;

    /// <summary>Stop when a held-out part of the rows has not improved for <see cref="Patience"/> rounds; the best round is kept.</summary>
    public bool EarlyStopping { get; init; }

    public double ValidationFraction { get; init; } = 0.1;

    public int Patience { get; init; } = 10;

    /// <summary>By how much the held-out loss must fall to count as better.</summary>
    public double Tolerance { get; init; } = 1e-7;

    public static BoostingParameters Read(ParameterReader reader)
    {
        var standard = new BoostingParameters();
        return new BoostingParameters
        {
            Iterations = reader.Int("max_iter", standard.Iterations, 1, 10_000),
            LearningRate = reader.Number("learning_rate", standard.LearningRate, 0, 10, aboveMin: true),
            MaxLeafNodes = reader.Int("max_leaf_nodes", standard.MaxLeafNodes, 2, 32_768),
            MaxDepth = reader.Int("max_depth", standard.MaxDepth, 0, 1000),
            MinSamplesLeaf = reader.Int("min_samples_leaf", standard.MinSamplesLeaf, 1, 1_000_000_000),
            L2 = reader.Number("l2_regularization", standard.L2, 0, 1e12),
            MaxBins = reader.Int("max_bins", standard.MaxBins, 2, 255),
            EarlyStopping = reader.Flag("early_stopping", standard.EarlyStopping),
            ValidationFraction = reader.Number("validation_fraction", standard.ValidationFraction, 0, 0.9, aboveMin: true),
            Patience = reader.Int("n_iter_no_change", standard.Patience, 1, 10_000),
            Tolerance = reader.Number("tol", standard.Tolerance, 0, 1e6),
        };
    }
}
