using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests.CommandLine;

/// <summary>The launcher and the verbs against the real server.</summary>
public sealed class CliVerbTests : IAsyncLifetime
{
    private const string Two =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        data: {k: v}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: b}
        data: {text: "line 1\nline 2\n"}
        """;

    private readonly TempFolder _folder = new();
    private SlipwayProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await SlipwayProcess.StartAsync(_folder.FullPath);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Manifest_IsDiffedAppliedChangedWaitedForAndDeleted()
    {
        Assert.Equal(1, (await PipeAsync(Two, "diff", "-f", "-")).ExitCode);
        Assert.Equal("configmap/a created\nconfigmap/b created\n", (await PipeAsync(Two, "apply", "-f", "-")).Text);
        Assert.Equal("configmap/a unchanged\nconfigmap/b unchanged\n", (await PipeAsync(Two, "apply", "-f", "-")).Text);
        Assert.Equal(0, (await PipeAsync(Two, "diff", "-f", "-")).ExitCode);

        var changed = Two.Replace("k: v", "k: w");
        var difference = await PipeAsync(changed, "diff", "-f", "-");
        Assert.Contains("-  k: v\n+  k: w\n", difference.Output);
        Assert.Equal("configmap/a configured (dry run)\nconfigmap/b unchanged (dry run)\n", (await PipeAsync(changed, "apply", "-f", "-", "--dry-run")).Text);
        Assert.Equal("configmap/a configured\nconfigmap/b unchanged\n", (await PipeAsync(changed, "apply", "-f", "-")).Text);

        Assert.Equal("configmap/a condition met\n", (await RunAsync("wait", "cm/a", "--for", "jsonpath={.data.k}=w")).Text);
        var late = await RunAsync("wait", "cm/a", "--for", "jsonpath={.data.k}=z", "--timeout", "300ms");
        Assert.Equal((1, "error: configmap/a: not .data.k=z within 0.3 s (it is w)\n"), (late.ExitCode, late.Error));

        Assert.Equal("configmap/a deleted\nconfigmap/b deleted\n", (await PipeAsync(changed, "delete", "-f", "-")).Text);
        Assert.Equal(1, (await RunAsync("delete", "cm", "a")).ExitCode);
        Assert.Equal(0, (await RunAsync("delete", "cm", "a", "--ignore-not-found")).ExitCode);
    }

    [Fact]
    public async Task Resources_AreShownInEveryForm()
    {
        Assert.Equal(0, (await PipeAsync(Two, "apply", "-f", "-")).ExitCode);

        Assert.Matches("^NAME +AGE\na +\\S+\nb +\\S+\n$", (await RunAsync("get", "configmaps")).Text);
        Assert.Matches("^NAMESPACE +NAME +AGE\ndefault +a ", (await RunAsync("get", "cm", "-A")).Text);
        Assert.Equal("configmap/a\nconfigmap/b\n", (await RunAsync("get", "cm", "-o", "name")).Text);
        Assert.StartsWith("apiVersion: v1\nkind: ConfigMap\nmetadata:\n", (await RunAsync("get", "cm/b", "-o", "yaml")).Text);
        Assert.Equal("v", JsonNode.Parse((await RunAsync("get", "cm", "a", "-o", "json")).Text)!["data"]!["k"]!.ToString());
        Assert.Equal(2, JsonNode.Parse((await RunAsync("get", "cm", "-o", "json")).Text)!["items"]!.AsArray().Count);
        Assert.Contains("line 1\n", (await RunAsync("describe", "cm", "b")).Text);
        Assert.Equal("No configmaps in namespace other.\n", (await RunAsync("get", "cm", "-n", "other")).Error);
    }

    [Theory]
    [InlineData("kind: ConfigMap\nmetadata: {name: a}\n", "apiVersion is missing")]
    [InlineData("apiVersion: v1\nkind: Confg\nmetadata: {name: a}\n", "the server has no kind Confg in v1")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nfoo: 1\n", "unknown field \"foo\"")]
    [InlineData("a: [1", "standard input:")]
    public async Task ManifestThatIsWrong_IsRefusedInOneLine(string manifest, string why)
    {
        var outcome = await PipeAsync(manifest, "apply", "-f", "-");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(why, outcome.Error);
        Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task AuditAndVersion_AnswerAsJson()
    {
        var audit = JsonNode.Parse((await RunAsync("audit", "verify", "-o", "json")).Text)!;
        Assert.True((bool)audit["intact"]!);

        var version = JsonNode.Parse((await RunAsync("version", "-o", "json")).Text)!;
        Assert.StartsWith("0.", version["client"]!.ToString());
        Assert.NotNull(version["server"]);
    }

    [Fact]
    public async Task Sigterm_DrainsAndEndsWithZero()
    {
        using var http = new HttpClient { BaseAddress = _server.Address };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/readyz", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/livez", TestContext.Current.CancellationToken)).StatusCode);

        Assert.Equal(0, await _server.TerminateAsync());
    }

    [Fact]
    public async Task DataFolderInUse_IsRefusedWithTheCure()
    {
        var second = await Commands.RunAsync(Checkout.Launcher, ["up", "--port", "0", "--data", Path.Combine(_folder.FullPath, "slipway-data")], new Dictionary<string, string>());

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("--data", second.Error);
    }

    [Fact]
    public async Task LauncherThroughALink_WorksFromAnyFolder()
    {
        var link = _folder.File("linked");
        File.CreateSymbolicLink(link, Checkout.Launcher);

        Assert.StartsWith("0.", (await Commands.RunAsync("bash", ["-c", $"cd / && '{link}' --version"], new Dictionary<string, string>())).Text);
    }

    private Task<Outcome> RunAsync(params string[] arguments) => PipeAsync(null, arguments);

    private Task<Outcome> PipeAsync(string? input, params string[] arguments) =>
        Commands.RunAsync(Checkout.Launcher, arguments, new Dictionary<string, string> { ["SLIPWAY_SERVER"] = _server.Address.ToString() }, input);
}
