using System.Globalization;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>Two servers on one PostgreSQL and one folder of objects, each of which may be stopped as a supervisor stops it, and started again.</summary>
internal sealed class TwoReplicas : IAsyncDisposable
{
    private readonly string[][] _arguments;
    private readonly SlipwayProgram?[] _servers = new SlipwayProgram?[2];

    private TwoReplicas(string database, TempFolder folder)
    {
        Ports = [SlipwayProgram.FreePort(), SlipwayProgram.FreePort()];
        GrpcPorts = [SlipwayProgram.FreePort(), SlipwayProgram.FreePort()];
        Clients = [.. Ports.Select(p => new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{p}/"), Timeout = TimeSpan.FromSeconds(20) })];
        _arguments =
        [
            .. Enumerable.Range(0, 2).Select(i => (string[])
            [
                "up", "--data", folder.File($"data{i}"), "--port", Text(Ports[i]), "--grpc-port", Text(GrpcPorts[i]), "--db", database, "--objects", folder.File("objects"),
            ]),
        ];
    }

    public int[] Ports { get; }

    public int[] GrpcPorts { get; }

    /// <summary>One for each server, for what the test itself asks.</summary>
    public HttpClient[] Clients { get; }

    public static async Task<TwoReplicas> StartAsync(TempFolder folder, CancellationToken cancellation)
    {
        var replicas = new TwoReplicas(await TestPostgres.CreateDatabaseAsync(), folder);
        try
        {
            await replicas.StartAsync(0, cancellation);
            await replicas.StartAsync(1, cancellation);
            return replicas;
        }
        catch
        {
            await replicas.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the server is ready.</summary>
    public Task StartAsync(int replica, CancellationToken cancellation)
    {
        _servers[replica] = SlipwayProgram.Start(_arguments[replica]);
        return _servers[replica]!.ReadyAsync(Clients[replica], TimeProvider.System, cancellation);
    }

    /// <summary>SIGTERM; answers with the exit code and what the server said.</summary>
    public async Task<(int Code, string Said)> StopAsync(int replica, CancellationToken cancellation)
    {
        await using var server = _servers[replica]!;
        _servers[replica] = null;
        return (await server.TerminateAsync(cancellation), server.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        foreach (var client in Clients)
        {
            client.Dispose();
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
