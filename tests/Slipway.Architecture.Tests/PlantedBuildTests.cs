using System.Diagnostics;

namespace Slipway.Architecture.Tests;

/// <summary>The rules that the build itself holds (R1, R6, R8), tried on projects in a temporary folder that take the repository's build files.</summary>
public sealed class PlantedBuildTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-planted-").FullName;

    public PlantedBuildTests()
    {
        foreach (var file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            Write(file, $"<Project><Import Project=\"{Path.Combine(House.Root, file)}\" /></Project>");
        }

        File.Copy(Path.Combine(House.Root, ".editorconfig"), Path.Combine(_folder, ".editorconfig"));
    }

    [Theory]
    [InlineData(3, 3, true)]
    [InlineData(2, 3, true)]
    [InlineData(3, 2, false)]
    public async Task R1_AReferenceThatIsNotToALowerLayer_IsABuildError(int from, int to, bool refused)
    {
        Write("Lower/Lower.csproj", Project(to));
        Write("Lower/Thing.cs", "namespace Lower; public static class Thing;");
        Write("Upper/Upper.csproj", Project(from, "<ItemGroup><ProjectReference Include=\"../Lower/Lower.csproj\" /></ItemGroup>"));
        Write("Upper/Thing.cs", "namespace Upper; public static class Thing;");

        var (exitCode, output) = await BuildAsync("Upper");

        Assert.Equal(refused, exitCode != 0);
        Assert.Equal(refused, output.Contains($"error SLIP001: R1 layering: Upper (layer {from}) must not refer to Lower (layer {to})", StringComparison.Ordinal));
    }

    [Fact]
    public async Task R6R8_BannedSymbolsAndWarnings_AreBuildErrors()
    {
        Write("Banned/Banned.csproj", Project(1));
        Write("Banned/Thing.cs", """
            namespace Banned;
            public static class Thing
            {
                public static System.DateTime Clock() => System.DateTime.UtcNow;
                public static void Sleep() => System.Threading.Thread.Sleep(1);
                public static int Block(System.Threading.Tasks.Task<int> task) => task.Result;
                public static System.Threading.Tasks.Task Delay() => System.Threading.Tasks.Task.Delay(1);
                public static string Null() => null;
                public static void Unused() { int unused; }
            }
            """);

        var (exitCode, output) = await BuildAsync("Banned");

        Assert.NotEqual(0, exitCode);
        Assert.All((string[])["DateTime.UtcNow", "Thread.Sleep", "Task<TResult>.Result", "Task.Delay"],
            symbol => Assert.Contains(output.Split('\n'), line => line.Contains("error RS0030") && line.Contains(symbol)));
        Assert.Contains("error CS8603", output);
        Assert.Contains("error CS0168", output);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Project(int layer, string more = "") =>
        $"<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><SlipwayLayer>{layer}</SlipwayLayer></PropertyGroup>{more}</Project>";

    private void Write(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private async Task<(int ExitCode, string Output)> BuildAsync(string project)
    {
        var start = new ProcessStartInfo("dotnet", ["build", Path.Combine(_folder, project), "--nologo", "-v", "q", "-nodeReuse:false"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test runner's own MSBuild settings must not leak into this build.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
