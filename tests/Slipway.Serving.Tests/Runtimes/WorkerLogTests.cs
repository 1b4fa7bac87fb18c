using System.Net;
using Slipway.Conformance;
using static Slipway.Serving.Tests.Runtimes.PythonServingTests;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>What workers print, read through the server.</summary>
public sealed class WorkerLogTests
{
    private const string At = "/api/slipway/v1/namespaces/default/inferenceservices/m/logs";

    private const string Code = """
        import os, sys

        class Transformer:
            def preprocess(self, payload):
                print("a transformer at work")
                return payload

        class Model:
            inputs = [{"name": "x", "datatype": "FP64", "shape": [-1]}]
            outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}]

            def predict(self, inputs):
                if inputs["x"][0] == 0:
                    return {"y": inputs["x"]}  # the trial of each worker, in its own time
                print("asked for %d" % inputs["x"][0], flush=True)
                print("as said", file=sys.stderr, flush=True)
                if inputs["x"][0] < 0:
                    print("the disk of the model is full", file=sys.stderr, flush=True)
                    os._exit(3)
                return {"y": inputs["x"]}
        """;

    [Fact]
    public async Task TheLastLinesOfAllWorkers_AreReadInTheOrderOfTime_AndFollowed()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 2, 2));
        for (var i = 1; i <= 9; i++)
        {
            await InferAsync(host, "m", Inputs(Tensor("x", "FP64", [1], i)));
            await UntilAsync(host, "", all => all.Length == 2 * i);
        }

        var lines = await LinesAsync(host, "?tail=4");
        Assert.Equal(4, lines.Length);
        Assert.Matches("^20[0-9T:.-]+Z worker-[01] stdout asked for 9$", Assert.Single(lines, l => l.EndsWith('9')));
        Assert.Contains(lines, l => l.EndsWith("stderr as said", StringComparison.Ordinal));
        Assert.Equal(lines.OrderBy(l => l[..24], StringComparer.Ordinal), lines);
        Assert.Equal(lines, await LinesAsync(host, "?tail=4&component=predictor&revision=m-00001&follow=false"));

        await using var stream = await host.Http.GetStreamAsync(At + "?follow=true&tail=1");
        using var reader = new StreamReader(stream);
        await InferAsync(host, "m", Inputs(Tensor("x", "FP64", [1], 1234)));
        string? line;
        do
        {
            line = await reader.ReadLineAsync();
        }
        while (line?.Contains("asked for 1234", StringComparison.Ordinal) == false);
        Assert.NotNull(line);
    }

    [Fact]
    public async Task WhatIsNotThere_IsToldByItsName()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code)));
        foreach (var (query, status, words) in new[]
        {
            ("?component=router", 400, "component: 'router' is none of predictor, transformer, explainer"),
            ("?tail=0&follow=yes", 400, "follow: 'yes' is neither true nor false"),
            ("?tail=10001", 400, "tail: '10001' is not a number of lines from 1 to 10000"),
            ("?component=transformer", 404, "no transformer of 'm' has run in worker processes"),
            ("?revision=m-00007", 404, "there are m-00001"),
            ("?revision=../m-00001", 404, "there are m-00001"),
        })
        {
            using var refused = await host.Http.GetAsync(At + query);
            Assert.Equal(status, (int)refused.StatusCode);
            Assert.Contains(words, (await refused.Content.ReadAsStringAsync()).Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        using var unknown = await host.Http.GetAsync(At.Replace("/m/", "/none/", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task AServerThatStops_StartsNoWorkerAgain()
    {
        using var data = new TempFolder();
        using var folder = new TempFolder();
        await using (var host = await ServingHost.StartAsync(data))
        {
            await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 2, 2));
            await InferAsync(host, "m", Inputs(Tensor("x", "FP64", [1], 1)));
        }

        var said = Directory.EnumerateFiles(data.FullPath, "*.log", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        Assert.Contains(said, text => text.Contains("asked for", StringComparison.Ordinal));
        Assert.All(said, text => Assert.DoesNotContain("started again", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WorkersThatEndAgainAndAgain_HaveTheirLastWordsInTheStatus()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code)));
        for (var i = 0; i < 2; i++)
        {
            using var ended = await host.Http.PostAsync("/v2/models/m/infer", Json(Inputs(Tensor("x", "FP64", [1], -1))));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ended.StatusCode);
        }

        await host.UntilAsync("m", r => r.Status["conditions"]!.ToJsonString().Contains("the last it said: ", StringComparison.Ordinal)
            && r.Status["conditions"]!.ToJsonString().Contains("the disk of the model is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ATransformersLog_IsItsOwn()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var component = $$"""{"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{PythonModels.Custom(folder, Code)}}"} }""";
        await host.ApplyManifestAsync("m", $$"""{"transformer":{{component}},"predictor":{{component}} }""");
        await InferAsync(host, "m", Inputs(Tensor("x", "FP64", [1], 1)));
        Assert.EndsWith("a transformer at work", Assert.Single(await UntilAsync(host, "?component=transformer&revision=m/transformer-00001", all => all.Length > 0)), StringComparison.Ordinal);
    }

    /// <summary>What a process prints arrives in its own time.</summary>
    private static async Task<string[]> UntilAsync(ServingHost host, string query, Func<string[], bool> expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var lines = await LinesAsync(host, query);
            if (expected(lines))
            {
                return lines;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private static async Task<string[]> LinesAsync(ServingHost host, string query)
    {
        using var response = await host.Http.GetAsync(At + query);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
