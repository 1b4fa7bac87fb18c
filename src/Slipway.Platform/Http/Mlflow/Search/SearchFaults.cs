using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow.Search;

/// <summary>For those who give a filter its meaning: their faults point at the place as the parser's do.</summary>
public static class SearchFaults
{
    public static Problem At(string message, int column) => SearchText.Wrong(message, column);
}
