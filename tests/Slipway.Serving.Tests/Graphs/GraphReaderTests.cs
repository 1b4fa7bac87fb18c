using System.Text.Json.Nodes;
using Slipway.Serving.Graphs;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Tests.Graphs;

public sealed class GraphReaderTests
{
    [Fact]
    public void WhatKServesExamplesSay_IsTaken()
    {
        var graph = Read(
            """
            {"timeout":30,"routerTimeouts":{"serviceClient":5},"nodes":{
              "root":{"routerType":"Sequence","steps":[
                {"serviceName":"cat-dog","name":"cat_dog","dependency":"Hard"},
                {"nodeName":"breed","name":"breed","data":"$request","condition":"[@this].#(predictions.0==\"dog\")"}]},
              "breed":{"routerType":"Splitter","steps":[{"serviceName":"a","weight":20},{"serviceUrl":"http://h/v1/models/b:predict","weight":80}]}}}
            """);
        Assert.Equal((30, 5), (graph.Timeout!.Value.TotalSeconds, graph.StepTimeout!.Value.TotalSeconds));
        Assert.Equal(["cat-dog", "a"], graph.Services);
        Assert.Equal(("0", 20, "1", 80), (graph.Nodes["breed"].Steps[0].Name, graph.Nodes["breed"].Steps[0].Weight, graph.Nodes["breed"].Steps[1].Name, graph.Nodes["breed"].Steps[1].Weight));
        Assert.True(graph.Nodes["root"].Steps[0].IsHard);
        Assert.False(graph.Nodes["root"].Steps[1].IsHard);
    }

    [Fact]
    public void EveryFault_IsToldAtOnce()
    {
        var faults = Faults(
            """
            {"timeout":0,"nodes":{
              "one":{"routerType":"Splitter","steps":[{"serviceName":"a","weight":20},{"serviceName":"b","weight":70}]},
              "two":{"routerType":"Switch","steps":[{"serviceName":"a"},{"nodeName":"nowhere","condition":"a|b"}]},
              "three":{"routerType":"Sequence","steps":[{"serviceName":"a","data":"$response","condition":"x"},{"serviceUrl":"file:///x","weight":3,"dependency":"Firm"},{"serviceName":"a","nodeName":"one","data":"$other"}]},
              "four":{"routerType":"Ensemble","steps":[{"name":"x","serviceName":"a"},{"name":"x","serviceName":"b","data":"$response"},{"condition":"a"}]},
              "five":{"routerType":"Round","steps":[]}}}
            """);

        Assert.Equal(
            [
                "spec.nodes", "spec.nodes.five.routerType", "spec.nodes.five.steps", "spec.nodes.four.steps[1].data", "spec.nodes.four.steps[2]",
                "spec.nodes.four.steps[2].condition", "spec.nodes.one.steps", "spec.nodes.three.steps[0].condition", "spec.nodes.three.steps[0].data",
                "spec.nodes.three.steps[1].dependency", "spec.nodes.three.steps[1].serviceUrl", "spec.nodes.three.steps[1].weight", "spec.nodes.three.steps[2]",
                "spec.nodes.three.steps[2].data", "spec.nodes.two.steps[0].condition", "spec.nodes.two.steps[1].condition", "spec.nodes.two.steps[1].nodeName", "spec.timeout",
            ],
            faults.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"root":{"routerType":"Sequence","steps":[{"nodeName":"root"}]}}""")]
    [InlineData("""{"root":{"routerType":"Sequence","steps":[{"nodeName":"a"}]},"a":{"routerType":"Ensemble","steps":[{"serviceName":"s"},{"nodeName":"b"}]},"b":{"routerType":"Sequence","steps":[{"nodeName":"a"}]}}""")]
    public void ARing_IsRefused(string nodes) => Assert.Equal(["spec.nodes"], Faults($$"""{"nodes":{{nodes}} }"""));

    [Fact]
    public void ADiamond_IsNoRing() => Assert.Empty(Faults(
        """
        {"nodes":{"root":{"routerType":"Ensemble","steps":[{"nodeName":"a"},{"nodeName":"b"}]},"a":{"routerType":"Sequence","steps":[{"nodeName":"c"}]},
          "b":{"routerType":"Sequence","steps":[{"nodeName":"c"}]},"c":{"routerType":"Sequence","steps":[{"serviceName":"s"}]}}}
        """));

    [Fact]
    public void ASplitter_KeepsItsShares_AndTheSameIdGoesTheSameWay()
    {
        var graph = Read("""{"nodes":{"root":{"routerType":"Splitter","steps":[{"serviceName":"a","weight":10},{"serviceName":"b","weight":0},{"serviceName":"c","weight":90}]}}}""");
        var node = graph.Nodes["root"];
        var drawn = Enumerable.Range(0, 20_000).Select(i => Draw($"r{i}")).ToArray();

        // Far beyond six standard deviations of a fair draw, so that it only fails when the split is wrong.
        Assert.InRange(drawn.Count(s => s == "0"), 1740, 2260);
        Assert.DoesNotContain("1", drawn);
        Assert.Equal(drawn, Enumerable.Range(0, 20_000).Select(i => Draw($"r{i}")));

        // Independent of the split that a service makes of the same ids.
        var first = Enumerable.Range(0, 20_000).Select(i => $"r{i}").Where(id => Slipway.Serving.Domain.TrafficSplit.BucketOf(id) < 1000).ToArray();
        Assert.InRange(first.Count(id => Draw(id) == "0"), first.Length / 20, first.Length / 5);

        string Draw(string id) => GraphRunner.Drawn(new GraphCall("default", "g", graph, id, new Microsoft.AspNetCore.Http.HeaderDictionary(), "h", 1), node).Name;
    }

    private static GraphSpec Read(string spec) => GraphReader.Read(new JsonObject { ["spec"] = JsonNode.Parse(spec) }).OrThrow();

    private static string[] Faults(string spec) => [.. (GraphReader.Read(new JsonObject { ["spec"] = JsonNode.Parse(spec) }).Problem?.Faults ?? []).Select(f => f.Path)];
}
