namespace Slipway.Data.Tests;

internal static class Samples
{
    /// <summary>The housing sample of the repository above the tests.</summary>
    public static string Housing
    {
        get
        {
            var above = new DirectoryInfo(AppContext.BaseDirectory);
            while (above is not null && !File.Exists(Path.Combine(above.FullName, "samples/housing/housing.csv")))
            {
                above = above.Parent;
            }

            return Path.Combine(above!.FullName, "samples/housing/housing.csv");
        }
    }
}
