using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>Servers that run pipelines and may be killed, and pipelines for them: every step writes its name into a file, so that what ran is known for sure.</summary>
internal sealed class PipelineOnServer(string name, HttpClient client) : IAsyncDisposable
{
    private const string Runs = "api/slipway/v1/namespaces/default/pipelineruns";

    private SlipwayProgram? _server;
    private Func<SlipwayProgram>? _start;

    public string Name => name;

    public static PipelineOnServer Make(string name, string folder, params string[] more)
    {
        var port = SlipwayProgram.FreePort();
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(20) };
        return new PipelineOnServer(name, client) { _start = () => SlipwayProgram.Start(["up", "--data", folder, "--port", $"{port}", .. more]) };
    }

    public void Start() => _server = _start!();

    public Task ReadyAsync(CancellationToken cancellation) => _server!.ReadyAsync(client, TimeProvider.System, cancellation);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public int ProcessId => _server!.Id;

    public async Task<string> SubmitAsync(JsonObject spec, CancellationToken cancellation)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(Runs, UriKind.Relative), new JsonObject { ["spec"] = spec.DeepClone(), ["reason"] = "chaos" }, cancellation);
        var body = await answer.Content.ReadAsStringAsync(cancellation);
        Assert.True(answer.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["id"]!;
    }

    public async Task<JsonObject> GetAsync(string id, CancellationToken cancellation) =>
        (await client.GetFromJsonAsync<JsonObject>(new Uri($"{Runs}/{id}", UriKind.Relative), cancellation))!;

    public Task<string> LogAsync(string id, string step, CancellationToken cancellation) => client.GetStringAsync(new Uri($"{Runs}/{id}/log?task={step}", UriKind.Relative), cancellation);

    /// <summary>The run once it has ended.</summary>
    public async Task<JsonObject> EndedAsync(string id, CancellationToken cancellation)
    {
        while (true)
        {
            var run = await GetAsync(id, cancellation);
            if ((string?)run["state"] is not ("Pending" or "Running"))
            {
                return run;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        }
    }

    /// <summary>The steps that have succeeded, each with what must not change any more.</summary>
    public static Dictionary<string, (int Attempt, string? Finished)> Succeeded(JsonObject run) => ((JsonArray)run["steps"]!)
        .Where(s => (string?)s!["state"] == "Succeeded")
        .ToDictionary(s => (string)s!["name"]!, s => ((int)s!["attempt"]!, (string?)s["finished"]));

    /// <summary>A step of its own component: it runs the script, whose <c>$0</c> is the file of its output.</summary>
    public static JsonObject Steps(IEnumerable<(string Name, string Script, string[] After, JsonObject? Resources)> steps)
    {
        var (tasks, components, executors) = (new JsonObject(), new JsonObject(), new JsonObject());
        foreach (var (name, script, after, resources) in steps)
        {
            tasks[name] = new JsonObject
            {
                ["componentRef"] = new JsonObject { ["name"] = "comp-" + name },
                ["dependentTasks"] = new JsonArray([.. after.Select(a => (JsonNode)a)]),
            };
            components["comp-" + name] = new JsonObject
            {
                ["executorLabel"] = "exec-" + name,
                ["outputDefinitions"] = new JsonObject { ["parameters"] = new JsonObject { ["out"] = new JsonObject { ["parameterType"] = "STRING" } } },
            };
            var container = new JsonObject
            {
                ["image"] = "alpine",
                ["command"] = new JsonArray("sh", "-c", script),
                ["args"] = new JsonArray("{{$.outputs.parameters['out'].output_file}}"),
            };
            if (resources is not null)
            {
                container["resources"] = resources.DeepClone();
            }

            executors["exec-" + name] = new JsonObject { ["container"] = container };
        }

        return new JsonObject
        {
            ["pipelineInfo"] = new JsonObject { ["name"] = "chaos" },
            ["schemaVersion"] = "2.1.0",
            ["root"] = new JsonObject { ["dag"] = new JsonObject { ["tasks"] = tasks } },
            ["components"] = components,
            ["deploymentSpec"] = new JsonObject { ["executors"] = executors },
        };
    }

    /// <summary>Layers of steps; each waits for two of the layer before, and writes its name into the file when it begins.</summary>
    public static JsonObject Layers(int tasks, string ranFile, int width = 20, string seconds = "0.02") => Steps(Enumerable.Range(0, tasks).Select(i =>
    {
        var (layer, place) = (i / width, i % width);
        string[] after = layer == 0 ? [] : [.. new[] { place, (place + 7) % width }.Distinct().Select(p => StepOf(((layer - 1) * width) + p))];
        return (StepOf(i), $"echo {StepOf(i)} >> {ranFile}; echo said by {StepOf(i)}; sleep {seconds}; printf {i} > \"$0\"", after, (JsonObject?)null);
    }));

    public static string StepOf(int i) => string.Create(CultureInfo.InvariantCulture, $"s{i:000}");

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        client.Dispose();
    }
}
