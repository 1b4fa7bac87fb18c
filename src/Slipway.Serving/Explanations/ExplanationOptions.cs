using Microsoft.Extensions.Configuration;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Explanations;

/// <summary>Settings under <c>Serving:Explanations:</c>. All faults are reported at start.</summary>
internal sealed record ExplanationOptions
{
    /// <summary>Rows of one request, 1 to 1,000,000; 1,000.</summary>
    public int MaxRows { get; init; } = 1000;

    /// <summary>Values per row, 1 to 100,000; 1,000.</summary>
    public int MaxFeatures { get; init; } = 1000;

    /// <summary>Rows that one request may have the model compute, 1,000 to 10^9; 5,000,000.</summary>
    public long MaxEvaluations { get; init; } = 5_000_000;

    /// <summary>Explanations at a time, 1 to 1,000; 2: they take whole cores, which predictions need, too.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>Requests that may wait for their turn, 0 to 100,000; 32. Further ones are told to come back.</summary>
    public int Queue { get; init; } = 32;

    /// <summary>Models whose trees are kept at hand, 1 to 1,000; 8.</summary>
    public int TreeModels { get; init; } = 8;

    public static ExplanationOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("Serving:Explanations");
        var (faults, defaults) = (new List<Fault>(), new ExplanationOptions());
        var options = new ExplanationOptions
        {
            MaxRows = (int)Number(nameof(MaxRows), defaults.MaxRows, 1, 1_000_000),
            MaxFeatures = (int)Number(nameof(MaxFeatures), defaults.MaxFeatures, 1, 100_000),
            MaxEvaluations = Number(nameof(MaxEvaluations), defaults.MaxEvaluations, 1000, 1_000_000_000),
            Concurrency = (int)Number(nameof(Concurrency), defaults.Concurrency, 1, 1000),
            Queue = (int)Number(nameof(Queue), defaults.Queue, 0, 100_000),
            TreeModels = (int)Number(nameof(TreeModels), defaults.TreeModels, 1, 1000),
        };
        return faults.Count == 0 ? options : throw new ProblemException(Problem.Invalid(faults));

        long Number(string name, long otherwise, long least, long most)
        {
            var text = section[name];
            if (text is null || (long.TryParse(text, System.Globalization.NumberStyles.Integer, System.Globalization.CultureInfo.InvariantCulture, out var value)
                && value >= least && value <= most))
            {
                return text is null ? otherwise : long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            }

            faults.Add(new Fault($"Serving:Explanations:{name}", $"'{text}' is not a whole number from {least} to {most}"));
            return otherwise;
        }
    }
}
