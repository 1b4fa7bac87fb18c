using Slipway.Conformance;
using Slipway.EndToEnd.Tests.CommandLine;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests.JavaScriptClient;

/// <summary>MLflow's client for Node.js from npm (package <c>mlflow</c>), pinned by its lock file and installed when it is missing.</summary>
public sealed class JavaScriptClientTests
{
    private static readonly string Folder = Path.Combine(SlipwayProgram.Root, "tests", "Slipway.EndToEnd.Tests", "JavaScriptClient");

    [Fact]
    public async Task ExperimentsRunsMetricsAndSearches_Work()
    {
        var plain = new Dictionary<string, string> { ["no_proxy"] = "*", ["NO_PROXY"] = "*" };
        if (!File.Exists(Path.Combine(Folder, "node_modules", "mlflow", "package.json")))
        {
            var installed = await Commands.RunAsync("npm", ["ci", "--ignore-scripts", "--prefix", Folder], new Dictionary<string, string>());
            Assert.True(installed.ExitCode == 0, installed.Error);
        }

        var data = Directory.CreateTempSubdirectory("slipway-js-").FullName;
        await using (var server = await SlipwayProcess.StartAsync(data))
        {
            var outcome = await Commands.RunAsync("node", [Path.Combine(Folder, "client.cjs"), server.Address.ToString().TrimEnd('/')], plain);

            Assert.Equal("all well\n", outcome.Text);
        }

        Directory.Delete(data, recursive: true);
    }
}
