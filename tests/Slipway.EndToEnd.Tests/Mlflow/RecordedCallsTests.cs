using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.EndToEnd.Tests.CommandLine;

namespace Slipway.EndToEnd.Tests.Mlflow;

/// <summary>The calls that MLflow's clients make, on the wire of the real server: every endpoint, with the answers that clients read.</summary>
public sealed class RecordedCallsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CallsOfMlflowClients_AreAnsweredAsTheyExpect_OnBothDatabases(bool postgres)
    {
        var folder = Directory.CreateTempSubdirectory("slipway-calls-").FullName;
        var faults = new List<string>();
        await using (var server = await SlipwayProcess.StartAsync(folder, postgres ? ["--db", await TestPostgres.CreateDatabaseAsync()] : []))
        {
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server.Address };
            foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Mlflow", "Calls"), "*.json").Order(StringComparer.Ordinal))
            {
                var calls = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!.AsArray();
                faults.AddRange((await CallFile.RunAsync(http, calls, TestContext.Current.CancellationToken)).Select(f => $"{Path.GetFileName(file)}: {f}"));
            }
        }

        Directory.Delete(folder, recursive: true);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
