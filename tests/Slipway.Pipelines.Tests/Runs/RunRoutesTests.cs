using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Writing;
using Slipway.Pipelines.Tests.Engine;

namespace Slipway.Pipelines.Tests.Runs;

/// <summary>Our own routes of runs: pipelines in the IR, logs, lineage, and going on with what has ended.</summary>
public class RunRoutesTests
{
    private const string Tasks =
        """
        make: {componentRef: {name: comp-write}, inputs: {parameters: {text: {componentInputParameter: text}}}}
        use: {componentRef: {name: comp-read}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}}}}
        say: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'echo one; echo two >&2; printf x > "$0"'}}}}}
        """;

    private const string Inputs = "inputDefinitions: {parameters: {text: {parameterType: STRING, defaultValue: hello}}}";

    [Fact]
    public async Task Spec_IsRunAndItsLogAndLineageAreThere()
    {
        await using var host = await PipelinesHost.StartAsync();
        var id = await SubmitAsync(host, IrText.Pipeline(Tasks, Inputs));
        await host.FinishedAsync(id);

        var run = (await host.Http.GetFromJsonAsync<JsonObject>($"pipelineruns/{id}"))!;
        Assert.Equal(("Succeeded", "test-pipeline", "hello"), ((string?)run["state"], (string?)run["displayName"], (string?)run["parameters"]!["text"]));

        Assert.Equal("one\ntwo\nIt succeeded.\n", Sorted(await host.Http.GetStringAsync($"pipelineruns/{id}/log?task=say")));
        Assert.Equal("It succeeded.\n", await host.Http.GetStringAsync($"pipelineruns/{id}/log?task=say&tail=1&attempt=1"));
        var live = await host.Http.GetStringAsync($"pipelineruns/{id}/log?task=say&follow=true");
        Assert.Equal(3, live.Split("id: 1:").Length - 1);
        Assert.EndsWith("event: end\ndata: {}\n\n", live, StringComparison.Ordinal);

        const string Hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        var down = (await host.Http.GetFromJsonAsync<JsonObject>($"lineage/{Hello}?direction=down&depth=3"))!;
        Assert.Equal(["root/use in"], EdgesOf(down));
        var both = (await host.Http.GetFromJsonAsync<JsonObject>($"lineage/{Hello}"))!;
        Assert.Equal(["root/make out", "root/use in"], EdgesOf(both));
    }

    [Fact]
    public async Task EndedRun_IsRerunClonedAndDeleted()
    {
        await using var host = await PipelinesHost.StartAsync();
        var id = await SubmitAsync(host, IrText.Pipeline(Tasks, Inputs));
        await host.FinishedAsync(id);

        await PostAsync(host, $"pipelineruns/{id}/retry", "{}", HttpStatusCode.Conflict);
        await PostAsync(host, $"pipelineruns/{id}/rerun", """{"task": "make"}""", HttpStatusCode.OK);
        await host.FinishedAsync(id, 2);
        await PostAsync(host, $"pipelineruns/{id}/rerun", """{"task": "ghost"}""", HttpStatusCode.Conflict);
        await PostAsync(host, $"pipelineruns/{id}/rerun", "{}", HttpStatusCode.BadRequest);

        var clone = await PostAsync(host, $"pipelineruns/{id}/clone", """{"parameters": {"text": "other"}}""", HttpStatusCode.Created);
        var cloned = await host.FinishedAsync((string)clone["id"]!);
        Assert.Equal("other", (string?)cloned.Steps.Single(s => s.Name == "use").Outputs!["out"]);
        await PostAsync(host, $"pipelineruns/{id}/clone", """{"parameters": {"ghost": 1}}""", HttpStatusCode.BadRequest);

        using var deleted = await host.Http.DeleteAsync($"pipelineruns/{id}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await host.Http.DeleteAsync($"pipelineruns/{id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.False(Directory.Exists(Path.Combine(host.Floor.DataFolder, "pipelines", "logs", id)));
    }

    [Theory]
    [InlineData("log", HttpStatusCode.BadRequest)]
    [InlineData("log?task=ghost", HttpStatusCode.NotFound)]
    [InlineData("log?task=say&tail=-1&attempt=0&from=x", HttpStatusCode.BadRequest)]
    [InlineData("../../lineage/nobody", HttpStatusCode.NotFound)]
    [InlineData("../../lineage/nobody?direction=sideways&depth=0", HttpStatusCode.BadRequest)]
    public async Task WrongRead_IsRefused(string path, HttpStatusCode expected)
    {
        await using var host = await PipelinesHost.StartAsync();
        var id = await SubmitAsync(host, IrText.Pipeline("say: {componentRef: {name: comp-sh}, inputs: {parameters: {script: {runtimeValue: {constant: 'printf x > \"$0\"'}}}}}"));
        await host.FinishedAsync(id);

        using var answer = await host.Http.GetAsync($"pipelineruns/{id}/{path}");

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task BrokenSpec_IsRefusedWithEveryFault()
    {
        await using var host = await PipelinesHost.StartAsync();
        var spec = Wire(IrText.Pipeline("a: {componentRef: {name: comp-sh}, dependentTasks: [b]}\nb: {componentRef: {name: comp-sh}, dependentTasks: [a]}"));

        var problem = await PostAsync(host, "pipelineruns", new JsonObject { ["spec"] = spec }.ToJsonString(), HttpStatusCode.BadRequest);

        Assert.True(((JsonArray)problem["errors"]!).Count > 1, problem.ToJsonString());
        Assert.Empty(await host.EventsAsync("pipeline.run.submitted"));
    }

    private static JsonObject Wire(string yaml) => PipelineWriter.ToWire(PipelineReader.Read(yaml).OrThrow().Spec);

    private static async Task<string> SubmitAsync(PipelinesHost host, string yaml) =>
        (string)(await PostAsync(host, "pipelineruns", new JsonObject { ["spec"] = Wire(yaml) }.ToJsonString(), HttpStatusCode.Created))["id"]!;

    private static async Task<JsonObject> PostAsync(PipelinesHost host, string path, string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await host.Http.PostAsync(path, content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, text);
        return (JsonObject)JsonNode.Parse(text)!;
    }

    private static IEnumerable<string> EdgesOf(JsonObject lineage) => ((JsonArray)lineage["edges"]!).Select(e => $"{e!["task"]} {e["direction"]}").Order(StringComparer.Ordinal);

    // Two pipes: which line is first is the kernel's choice.
    private static string Sorted(string log) => string.Concat(log.Split('\n', StringSplitOptions.RemoveEmptyEntries).OrderBy(l => l == "one" ? 0 : l == "two" ? 1 : 2).Select(l => l + "\n"));
}
