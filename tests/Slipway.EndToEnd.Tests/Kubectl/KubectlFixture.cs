using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Kubectl;

/// <summary>
/// The real kubectl against a real server, shared by the tests: each works in a namespace of its own. kubectl is the one on PATH, else Debian's
/// (kubernetes-client 1.20, too old for some verbs: those tests are skipped and say so).
/// </summary>
public sealed class KubectlFixture : IAsyncLifetime
{
    private readonly TempFolder _home = new();
    private TestResourceServer _server = null!;
    private string _kubectl = "";

    /// <summary>kubectl's own minor version, such as 32.</summary>
    public int Minor { get; private set; }

    public TestResourceServer Server => _server;

    public string Folder => _home.FullPath;

    public async ValueTask InitializeAsync()
    {
        _kubectl = OnPath("kubectl") ?? await InstallAsync();
        _server = await TestResourceServer.StartAsync();
        await File.WriteAllTextAsync(_home.File("config"), Config(_server.Address.ToString().TrimEnd('/')));
        var version = JsonNode.Parse((await RunAsync("version", "--client", "-o", "json")).Text)!;
        Minor = int.Parse(((string)version["clientVersion"]!["minor"]!).TrimEnd('+'), System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    internal Task<Outcome> RunAsync(params string[] arguments) => Commands.RunAsync(_kubectl, arguments, Environment());

    internal Task<Outcome> RunWithInputAsync(string input, params string[] arguments) => Commands.RunAsync(_kubectl, arguments, Environment(), input);

    internal Process Start(params string[] arguments) => Commands.Start(_kubectl, arguments, Environment());

    /// <summary>A namespace for one test.</summary>
    internal async Task<string> NamespaceAsync()
    {
        var name = $"t-{Guid.NewGuid():N}"[..12];
        Assert.Equal($"namespace/{name} created\n", (await RunAsync("create", "namespace", name)).Text);
        return name;
    }

    private static string? OnPath(string program) =>
        Array.Find((System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), d => File.Exists(Path.Combine(d, program))) is { } folder
            ? Path.Combine(folder, program)
            : null;

    private static string Config(string server) => $$$"""
        {"apiVersion":"v1","kind":"Config","current-context":"t","clusters":[{"name":"t","cluster":{"server":"{{{server}}}"}}],
         "contexts":[{"name":"t","context":{"cluster":"t","user":"t"}}],"users":[{"name":"t","user":{}}]}
        """;

    private static async Task<string> InstallAsync()
    {
        var none = new Dictionary<string, string>();
        var installed = await Commands.RunAsync("apt-get", ["install", "-y", "--no-install-recommends", "kubernetes-client"], none);
        return installed.ExitCode == 0 ? "/usr/bin/kubectl" : throw new InvalidOperationException($"kubectl is not there and could not be installed: {installed.Error}");
    }

    internal IReadOnlyList<string> CommandLine(params string[] arguments) => [_kubectl, .. arguments];

    internal Dictionary<string, string> Environment() => new()
    {
        ["HOME"] = _home.FullPath, ["KUBECONFIG"] = _home.File("config"), ["KUBECACHEDIR"] = _home.File("cache"), ["NO_PROXY"] = "*", ["no_proxy"] = "*",
    };
}
