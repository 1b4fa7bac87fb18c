namespace Slipway.EndToEnd.Tests.CommandLine;

/// <summary>The repository that the tests were built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    public static string Launcher { get; } = Path.Combine(Root, "slipway");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("No repository above the tests");
        }

        return folder.FullName;
    }
}
