using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Kernel.Problems;
using Slipway.Server.Hosting;

namespace Slipway.Server.Tests.Hosting;

public class LastResortTests
{
    [Fact]
    public async Task RefusalsOfHttpItself_KeepTheirMeaning()
    {
        Assert.Equal((413, "TooLarge"), await CallAsync(new BadHttpRequestException("Request body too large.", 413)));
        Assert.Equal((400, "Invalid"), await CallAsync(new BadHttpRequestException("Unexpected end of request content.")));
    }

    [Fact]
    public async Task ThrownProblem_IsRendered() =>
        Assert.Equal((503, "Unavailable"), await CallAsync(new ProblemException(Problem.Unavailable("the disk is full"))));

    [Fact]
    public async Task Bug_IsA500WithoutItsInsides()
    {
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider(), TraceIdentifier = "trace-7" };
        http.Response.Body = new MemoryStream();

        await Run(new InvalidOperationException("password=hunter2"), http);

        var body = System.Text.Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray());
        Assert.Equal(500, http.Response.StatusCode);
        Assert.Contains("trace-7", body, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallerWhoHasGone_IsNotAnswered()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        var http = new DefaultHttpContext { RequestAborted = gone.Token };

        await Run(new OperationCanceledException(gone.Token), http);

        Assert.Equal(200, http.Response.StatusCode);
    }

    private static async Task<(int Status, string? Title)> CallAsync(Exception thrown)
    {
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        http.Response.Body = new MemoryStream();
        await Run(thrown, http);
        return (http.Response.StatusCode, (string?)JsonNode.Parse(((MemoryStream)http.Response.Body).ToArray())!["title"]);
    }

    private static Task Run(Exception thrown, HttpContext http) => new LastResort(_ => throw thrown, NullLogger<LastResort>.Instance).InvokeAsync(http);
}
