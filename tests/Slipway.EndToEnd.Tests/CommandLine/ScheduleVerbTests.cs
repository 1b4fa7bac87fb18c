using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests.CommandLine;

/// <summary><c>slipway schedule</c> against the real server: made, seen to fire, paused, removed.</summary>
public sealed class ScheduleVerbTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private SlipwayProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await SlipwayProcess.StartAsync(_folder.FullPath);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Schedule_IsMadeFiresIsPausedAndRemoved()
    {
        var file = _folder.File("tick.yaml");
        await File.WriteAllTextAsync(file, "name: tick\nparams: {at: \"\"}\nsteps:\n  note: {run: \"echo ${{ params.at }}\"}\n", TestContext.Current.CancellationToken);

        var made = JsonNode.Parse((await RunAsync("schedule", "create", file, "--every", "1s", "--name", "every second", "-p", "at=[[ScheduledTime]]", "-o", "json")).Text)!;
        var id = (string)made["recurring_run_id"]!;
        Assert.Equal(("every second", "ENABLED"), ((string?)made["display_name"], (string?)made["status"]));

        // The runs that it makes are seen by the same list.
        JsonNode listed;
        do
        {
            listed = JsonNode.Parse((await RunAsync("schedule", "list", "-o", "json")).Text)!["schedules"]!.AsArray().Single(s => (string?)s!["recurring_run_id"] == id)!;
        }
        while ((int)listed["runs_created"]! == 0);

        Assert.Contains("DISABLED", (await RunAsync("schedule", "pause", id)).Text);
        Assert.Contains("ENABLED", (await RunAsync("schedule", "resume", id)).Text);
        Assert.Equal(0, (await RunAsync("schedule", "delete", id)).ExitCode);
        Assert.Equal("No schedules.\n", (await RunAsync("schedule", "list")).Text);
        var gone = await RunAsync("schedule", "get", id);
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains(id, gone.Error);
    }

    [Theory]
    [InlineData("give one of them")]
    [InlineData("--every", "0s", "'0s' is not a time of at least one second")]
    [InlineData("--cron", "61 * * * * *", "cron")]
    [InlineData("--every", "1h", "--start", "tomorrow", "'tomorrow' is not a time")]
    public async Task WhatIsWrong_IsSaid(params string[] argumentsAndWhy)
    {
        var file = _folder.File("tick.yaml");
        await File.WriteAllTextAsync(file, "name: tick\nsteps:\n  note: {run: \"true\"}\n", TestContext.Current.CancellationToken);
        var outcome = await RunAsync(["schedule", "create", file, .. argumentsAndWhy[..^1]]);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(argumentsAndWhy[^1], outcome.Error);
    }

    private Task<Outcome> RunAsync(params string[] arguments) =>
        Commands.RunAsync(Checkout.Launcher, arguments, new Dictionary<string, string> { ["SLIPWAY_SERVER"] = _server.Address.ToString() }, null);
}
