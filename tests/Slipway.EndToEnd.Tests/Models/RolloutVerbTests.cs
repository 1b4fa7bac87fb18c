using System.Text.Json.Nodes;
using Slipway.Chaos.Tests;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Models;

/// <summary><c>slipway deploy</c> and <c>slipway rollout</c> as a user types them, against the real server.</summary>
public sealed class RolloutVerbTests : ServerOfItsOwn
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ScalingModel.ServeAsync(Client, versions: 3, Cancellation);
    }

    [Fact]
    public async Task A_version_is_deployed_split_promoted_and_taken_back_from_the_command_line()
    {
        var first = await TellAsync("deploy", "models:/scaling/1", "--name", "price", "--wait");
        Assert.Equal(0, first.Code);
        Assert.Equal($"inferenceservice/price ready: version 1 100%\nhttp://127.0.0.1:{Port}/v2/models/price/infer\n", first.Out);

        var split = await TellAsync("deploy", "models:/scaling/2", "--name", "price", "--canary", "10", "--wait", "--output", "json");
        Assert.Equal("""[{"revisionName":"price-00001","modelVersion":1,"percent":90,"role":"stable"},{"revisionName":"price-00002","modelVersion":2,"percent":10,"role":"canary"}]""",
            JsonNode.Parse(split.Out)!["traffic"]!.ToJsonString());
        Assert.Contains("gives the newest revision 10%", (await TellAsync("rollout", "status", "price")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await TellAsync("rollout", "promote", "price")).Code);
        var all = await TellAsync("deploy", "models:/scaling/2", "--name", "price", "--wait");
        Assert.Contains("ready: version 2 100%", all.Out, StringComparison.Ordinal);

        var nothing = await TellAsync("rollout", "undo", "price");
        Assert.Equal(1, nothing.Code);
        Assert.Contains("apply a slipway.dev/v1 Rollout named price", nothing.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_served_says_why_and_a_rollout_is_read_and_moved_as_json()
    {
        var wrong = await TellAsync("deploy", "models:/scaling/9", "--name", "none", "--wait");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("none cannot serve models:/scaling/9", wrong.Err, StringComparison.Ordinal);
        Assert.Equal(2, (await TellAsync("deploy", "models:/scaling/1", "--canary", "101")).Code);
        Assert.Equal(1, (await TellAsync("deploy", "pigeon://scaling")).Code);

        await ScalingModel.PostAsync(Client, "apis/slipway.dev/v1/namespaces/default/rollouts", (JsonObject)JsonNode.Parse(
            """{"apiVersion":"slipway.dev/v1","kind":"Rollout","metadata":{"name":"scaling"},"spec":{"steps":[{"percent":20,"pause":true}],"interval":"1s"}}""")!, Cancellation);
        await UntilAsync(r => r["released"] is not null);
        await ScalingModel.PointAsync(Client, 2, Cancellation);
        await UntilAsync(r => (int?)r["candidate"]?["percent"] == 20);
        var table = (await TellAsync("rollout", "status", "scaling")).Out;
        Assert.Contains("candidate   scaling-00002", table, StringComparison.Ordinal);
        var promoted = JsonNode.Parse((await TellAsync("rollout", "promote", "scaling", "--reason", "seen enough", "--output", "json")).Out)!;
        Assert.Equal(("Watching", 2), ((string)promoted["phase"]!, (int)promoted["released"]!["modelVersion"]!));
        Assert.Contains("seen enough", (await TellAsync("rollout", "status", "scaling")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await TellAsync("rollout", "undo", "scaling")).Code);
        Assert.Equal(1, (await TellAsync("rollout", "undo", "scaling")).Code);
    }

    private async Task UntilAsync(Func<JsonNode, bool> expected)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!expected(JsonNode.Parse(await Client.GetStringAsync(new Uri("api/slipway/v1/namespaces/default/rollouts/scaling", UriKind.Relative), limit.Token))!))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private async Task<(int Code, string Out, string Err)> TellAsync(params string[] arguments)
    {
        await using var program = SlipwayProgram.Start([.. arguments, "--server", Client.BaseAddress!.ToString()]);
        var code = await program.ExitAsync(Cancellation);
        return (code, program.Output, program.Errors);
    }
}
