using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Contracts.Serving.Ports;

namespace Slipway.Serving.Tests.Predictions;

public sealed class FeedbackHttpTests
{
    [Fact]
    public async Task AClosedWindow_HoldsEveryAnswerGivenBeforeIt()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.RegisterAsync("housing", Models.Twice);
        await host.ApplyAsync("housing", "models:/housing/1", [(0, "models:/housing/2")], mirror: "true");
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => host.AnswerAsync("housing", $"r{i}", i, "2003-01-10T00:00:00Z")));

        using var sent = await host.FeedbackAsync("housing", """{"labels":[{"id":"r1","value":1.5}],"watermark":"2003-02-01T00:00:00Z"}""");

        Assert.Equal(
            """{"stored":1,"window":{"number":1,"from":"2003-01-10T00:00:00Z","until":"2003-02-01T00:00:00Z"}}""", await sent.Content.ReadAsStringAsync());
        var log = await host.Get<IPredictionLog>().ReadAsync(
            "default", "housing", new(2003, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2003, 2, 1, 0, 0, 0, TimeSpan.Zero), CancellationToken.None);
        Assert.Equal((600, 300), (log.Rows, log.Served.Count(s => s)));
        Assert.Equal(1, (int)(await host.SummaryAsync("housing", "?from=2003-01-01&until=2003-02-01"))["labelled"]!);
        Assert.Equal(0, (int)(await host.SummaryAsync("housing", "?from=2003-02-01"))["served"]!);
        var windows = await host.JsonAsync("/api/slipway/v1/namespaces/default/inferenceservices/housing/windows");
        Assert.Equal(1, (int)Assert.Single(windows["windows"]!.AsArray())!["number"]!);
    }

    [Theory]
    [InlineData("nobody", "{}", 404, "nobody")]
    [InlineData("housing", "[]", 400, "object")]
    [InlineData("housing", """{"label":[]}""", 400, "label: is not known")]
    [InlineData("housing", """{"labels":{}}""", 400, "labels: must be a list")]
    [InlineData("housing", """{"labels":[{"id":"","value":1},{"id":"a"},{"id":"a","value":true}]}""", 400, "labels[2].value")]
    [InlineData("housing", """{"labels":[{"id":"a","value":1},{"id":"a","value":2}]}""", 409, "'a'")]
    [InlineData("housing", """{"watermark":"soon"}""", 400, "ISO 8601")]
    public async Task WrongFeedback_IsRefusedByName(string service, string body, int status, string says)
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Once);
        await host.ApplyAsync("housing", "models:/housing/1");

        using var response = await host.FeedbackAsync(service, body);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(says, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasAnswered_IsOnDiskAfterACleanStop()
    {
        using var folder = new TempFolder();
        await using (var host = await ServingHost.StartAsync(folder))
        {
            await host.RegisterAsync("housing", Models.Once);
            await host.ApplyAsync("housing", "models:/housing/1");
            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => host.AnswerAsync("housing", $"r{i}", i)));
        }

        await using var again = await ServingHost.StartAsync(folder);
        Assert.Equal(100, (int)(await again.SummaryAsync("housing"))["served"]!);
        using var first = await again.InferAsync("housing", "r1", 1);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
    }
}
