using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;

namespace Slipway.Registry.Tests.Imports;

public sealed class RegistryImportTests
{
    private const string Lines =
        """
        {"model": {"name": "m", "description": "# card", "created": 1000, "updated": 2000, "tags": {"a": "b"}, "aliases": {}}}
        {"version": {"name": "m", "version": 3, "source": "s3://bucket/m", "status": "READY", "stage": "Production", "created": 1500, "updated": 1600, "description": "third", "user": "ada", "runId": null, "runLink": null, "statusMessage": null, "storageLocation": "s3://bucket/m", "tags": {"ok": "1"}}}
        {"model": {"name": "m", "description": "# card", "created": 1000, "updated": 2000, "tags": {"a": "b"}, "aliases": {"best": 3}}}

        """;

    [Fact]
    public async Task VersionsKeepTheirNumbers_AndTwiceChangesNothing()
    {
        await using var host = await RegistryHost.StartAsync(services: s => s.AddSingleton<IModelSources, NoSources>());

        var (status, answer) = await ImportAsync(host, Lines);
        var once = await host.Http.GetStringAsync("export/registry", TestContext.Current.CancellationToken);
        await ImportAsync(host, Lines);
        var twice = await host.Http.GetStringAsync("export/registry", TestContext.Current.CancellationToken);

        Assert.True(status == HttpStatusCode.OK, answer);
        foreach (var part in (string[])["\"version\":3", "\"stage\":\"Production\"", "\"best\":3", "\"description\":\"third\"", "s3://bucket/m"])
        {
            Assert.Contains(part, once, StringComparison.Ordinal);
            Assert.Contains(part, twice, StringComparison.Ordinal);
        }

        Assert.Equal(once.Split('\n').Length, twice.Split('\n').Length);
        Assert.Equal(4, (await host.AddAsync("m")).Version);
    }

    [Fact]
    public async Task VersionMadeHere_IsNotTakenForTheImportedOneOfItsNumber()
    {
        await using var host = await RegistryHost.StartAsync(services: s => s.AddSingleton<IModelSources, NoSources>());
        await host.AddAsync("m");
        await host.AddAsync("m");
        await host.AddAsync("m");

        var (status, answer) = await ImportAsync(host, Lines);

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("line 2", answer, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Answer)> ImportAsync(RegistryHost host, string lines)
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        var answer = await host.Http.PostAsync("import/registry", content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A tracking part that knows of no runs.</summary>
    private sealed class NoSources : IModelSources
    {
        public Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation) => Task.FromResult<LoggedModelSource?>(null);

        public Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation) => Task.FromResult<string?>(null);

        public Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation) => Task.CompletedTask;
    }
}
