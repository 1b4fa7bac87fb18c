using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Cli.Hosting;
using Slipway.Platform.Http;
using Slipway.Server.Hosting;

namespace Slipway.Architecture.Tests;

/// <summary>R7: every route has a permission, stands in docs/routes.md, and is called by a test.</summary>
public sealed class RouteTests
{
    private static readonly string Page = Path.Combine(House.Root, "docs/routes.md");

    [Fact]
    public async Task R7_EveryRoute_SaysItsPermission() => Assert.Empty((await ServerAsync()).Where(r => r.Permission is null).Select(r => r.ToString()));

    [Fact]
    public async Task R7_ThePage_HasEveryRoute()
    {
        var now = Routes.ToMarkdown(await ServerAsync());
        if (Environment.GetEnvironmentVariable("SLIPWAY_WRITE") == "1")
        {
            await File.WriteAllTextAsync(Page, now, TestContext.Current.CancellationToken);
        }

        Assert.Equal(now, await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task R7_EveryRoute_IsCalledByATest()
    {
        var sources = House.Files(["tests"], ".cs", ".py").Where(f => !f.Contains("Architecture", StringComparison.Ordinal)).Select(File.ReadAllText).ToArray();

        var uncalled = Routes.Uncalled(await ServerAsync(), sources).ToArray();
        Assert.True(uncalled.Length == 0, string.Join('\n', uncalled.Select(r => r.ToString())));
    }

    [Fact]
    public async Task ARouteWithoutPermission_IsSeen()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGet("/open", () => "x");
        app.MapGet("/guarded", () => "x").RequirePermission("things.read");
        app.MapGet("/probe", () => "x").Public();

        var routes = Routes.Of(((IEndpointRouteBuilder)app).DataSources);

        Assert.Equal([("/guarded", "things.read"), ("/open", null), ("/probe", "")], routes.Select(r => (r.Path, r.Permission)));
    }

    [Theory]
    [InlineData("/things/{id}/peel", "GetAsync(\"/things/5/peel\")", true)]
    [InlineData("/things/{id}/peel", "GetAsync($\"{root}/peel?x=1\")", true)]
    [InlineData("/things/{id}/peel", "GetAsync(\"/things/5/peels\")", false)]
    [InlineData("/things/{id}", "GetAsync($\"/things/{id}\")", true)]
    [InlineData("/things/{id}", "GetAsync(\"/things\")", false)]
    public void ARouteThatNoTestCalls_IsSeen(string path, string source, bool called) =>
        Assert.Equal(called, !Routes.Uncalled([new Route("GET", path, "")], [source]).Any());

    private static async Task<IReadOnlyList<Route>> ServerAsync()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-routes-").FullName;
        try
        {
            var settings = new ServerSettings(folder, "127.0.0.1", 0, null, "sqlite:" + Path.Combine(folder, "slipway.db"), Path.Combine(folder, "objects"));
            await using var app = SlipwayServer.Build(settings);
            return Routes.Of(((IEndpointRouteBuilder)app).DataSources);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
