using Slipway.Pipelines.Tests.Kfp;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Experiments;

public class ExperimentTests
{
    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Experiment_IsMadeFoundArchivedRestoredAndDeleted(DatabaseEngine engine)
    {
        await using var host = await PipelinesHost.StartAsync(engine, null, []);
        using var kfp = new KfpClient(host);

        var made = await kfp.PostAsync("/apis/v2beta1/experiments", """{"display_name": "e1", "description": "what for", "namespace": ""}""");
        var id = (string)made["experiment_id"]!;
        Assert.Equal(("e1", "what for", "default", "AVAILABLE"), ((string?)made["display_name"], (string?)made["description"], (string?)made["namespace"], (string?)made["storage_state"]));
        Assert.Equal(6, (int?)(await kfp.PostAsync("experiments", """{"display_name": "e1"}""", 409))["code"]);
        await kfp.PostAsync("experiments", """{"display_name": "e1", "namespace": "other"}""");

        Assert.Equal(made.ToJsonString(), (await kfp.GetAsync($"/apis/v2beta1/experiments/{id}")).ToJsonString());
        Assert.Equal(["Default", "e1"], (await kfp.AllAsync("experiments?namespace=default&sort_by=display_name", "experiments", 1)).Select(e => (string?)e["display_name"]));
        var named = await kfp.GetAsync("experiments?" + KfpClient.Filter("""{"operation": 1, "key": "display_name", "stringValue": "e1"}, {"operation": 1, "key": "namespace", "stringValue": "other"}"""));
        Assert.Single(named["experiments"]!.AsArray());

        await kfp.PostAsync($"/apis/v2beta1/experiments/{id}:archive");
        Assert.Equal("ARCHIVED", (string?)(await kfp.GetAsync($"experiments/{id}"))["storage_state"]);
        Assert.Contains("archived", (string?)(await kfp.PostAsync("runs", $$$"""{"experiment_id": "{{{id}}}", "pipeline_spec": {{{TestPackages.BuiltIn}}} }""", 400))["error"], StringComparison.Ordinal);
        await kfp.PostAsync($"/apis/v2beta1/experiments/{id}:unarchive");
        Assert.Equal("AVAILABLE", (string?)(await kfp.GetAsync($"experiments/{id}"))["storage_state"]);

        await kfp.DeleteAsync($"/apis/v2beta1/experiments/{id}");
        await kfp.GetAsync($"experiments/{id}", 404);
        await kfp.DeleteAsync($"experiments/{id}", 404);
        await kfp.PostAsync($"experiments/{id}:archive", null, 404);
    }

    [Theory]
    [InlineData("{}", "display_name")]
    [InlineData("""{"display_name": "  "}""", "display_name")]
    [InlineData("""{"display_name": ["a"], "namespace": "A B", "description": {}}""", "description")]
    [InlineData("""{"display_name": "a\u0000b"}""", "NUL")]
    [InlineData("""{"display_name": "\ud800"}""", "JSON")]
    [InlineData("[]", "object")]
    [InlineData("", "JSON")]
    public async Task WrongExperiment_IsRefusedInWords(string body, string words)
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        Assert.Contains(words, (string?)(await kfp.PostAsync("experiments", body, 400))["error"], StringComparison.Ordinal);
    }
}
