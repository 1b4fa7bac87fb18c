using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Conformance;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Tracking.Tests.Archives;

namespace Slipway.Tracking.Tests.Imports;

public sealed class ImportRoutesTests
{
    private static readonly IEnumerable<ArchiveLine> Tracking = ArchiveSamples.Lines.Where(l => l.Model is null && l.Version is null);

    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task LinesImported_AreExportedAsTheyWere_AndTwiceChangesNothing(DatabaseEngine engine)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var lines = Text(Tracking);

        var (status, answer) = await ImportAsync(host, lines);
        var once = await host.Http.GetStringAsync("export/tracking", TestContext.Current.CancellationToken);
        await ImportAsync(host, lines);
        var twice = await host.Http.GetStringAsync("export/tracking", TestContext.Current.CancellationToken);

        Assert.True(status == HttpStatusCode.OK, answer);
        Assert.Equal(once, twice);
        Assert.EndsWith("{}\n", once, StringComparison.Ordinal);
        var read = once.TrimEnd().Split('\n').Select(l => JsonSerializer.Deserialize(l, ArchiveJson.Default.ArchiveLine)!).ToArray();
        var run = Assert.Single(read, l => l.Run?.Id == ArchiveSamples.Run).Run!;
        Assert.Equal("adam", run.Params["opt/name"]);
        Assert.Equal("train", Assert.Single(run.Datasets).Tags["mlflow.data.context"]);
        Assert.Equal(new ArchivedModelOutput(ArchiveSamples.Model, 3), Assert.Single(run.ModelOutputs));
        Assert.Equal("deleted", Assert.Single(read, l => l.Run?.Id == ArchiveSamples.Deleted).Run!.Lifecycle);
        Assert.Equal(
            [double.PositiveInfinity, double.NegativeInfinity, double.NaN], Assert.Single(read, l => l.Metrics?.Key == "edge").Metrics!.Values);
        Assert.Equal(2, Assert.Single(read, l => l.LoggedModel is not null).LoggedModel!.Metrics.Count);
        Assert.Equal("7", Assert.Single(read, l => l.Experiment?.Name == "churn: the 2nd").Experiment!.Id);
    }

    [Fact]
    public async Task MarkedRuns_ArePendingNoMoreUntilTheMarkChanges()
    {
        await using var host = await TrackingHost.StartAsync();
        await ImportAsync(host, Text([new ArchiveLine { Done = new ArchivedRunMark("a", "1") }]));

        using var asked = new StringContent("""{"runs": [{"runId": "a", "mark": "1"}, {"runId": "b", "mark": "1"}]}""", Encoding.UTF8, "application/json");
        var answer = await host.Http.PostAsync("import/pending", asked, TestContext.Current.CancellationToken);
        using var changed = new StringContent("""{"runs": [{"runId": "a", "mark": "2"}]}""", Encoding.UTF8, "application/json");
        var after = await host.Http.PostAsync("import/pending", changed, TestContext.Current.CancellationToken);

        Assert.Equal("""{"pending":["b"]}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("""{"pending":["a"]}""", await after.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{"experiment": {"id": "1", "name": "", "lifecycle": "active", "created": 1, "updated": 1, "artifactLocation": null}}""")]
    [InlineData("""{"experiment": {"id": "1"}}""")]
    [InlineData("""{"metrics": {"runId": "0123456789abcdef0123456789abcdef", "key": "k", "times": [1], "steps": [], "values": [1]}}""")]
    [InlineData("""{"metrics": {"runId": "0123456789abcdef0123456789abcdef", "key": "k", "times": [1], "steps": [1], "values": [1]}}""")]
    [InlineData("""{"done": {"runId": "a", "mark": ""}}""")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("not json")]
    public async Task FaultyLine_IsNamedByItsNumber(string line)
    {
        await using var host = await TrackingHost.StartAsync();

        var (status, answer) = await ImportAsync(host, "\n" + line + "\n");

        Assert.InRange((int)status, 400, 404);
        Assert.Contains("line 2", answer, StringComparison.Ordinal);
    }

    private static string Text(IEnumerable<ArchiveLine> lines) => string.Concat(lines.Select(l => JsonSerializer.Serialize(l, ArchiveJson.Default.ArchiveLine) + "\n"));

    private static async Task<(HttpStatusCode Status, string Answer)> ImportAsync(TrackingHost host, string lines)
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        var answer = await host.Http.PostAsync("import/tracking", content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
