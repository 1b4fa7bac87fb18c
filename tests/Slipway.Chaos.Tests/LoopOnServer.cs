using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>A data folder with a server on it that may be killed and started again, and the command line that follows a loop there.</summary>
internal sealed class LoopOnServer : IAsyncDisposable
{
    private readonly string _data;
    private readonly int _port = SlipwayProgram.FreePort();
    private readonly HttpClient _client;
    private SlipwayProgram? _server;

    public LoopOnServer(string dataFolder)
    {
        _data = dataFolder;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}/"), Timeout = TimeSpan.FromSeconds(20) };
    }

    public HttpClient Client => _client;

    public int ProcessId => _server!.Id;

    /// <summary>Starts the server without waiting for it.</summary>
    public void Start() => _server = SlipwayProgram.Up(_data, _port);

    public Task ReadyAsync(CancellationToken cancellation) => _server!.ReadyAsync(_client, TimeProvider.System, cancellation);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        var server = _server!;
        _server = null;
        await server.DisposeAsync();
    }

    /// <summary><c>slipway loop</c> against this server; it waits through the server's deaths.</summary>
    public SlipwayProgram Follow(string loopFile, string resultFile) =>
        SlipwayProgram.Start("loop", loopFile, "--server", _client.BaseAddress!.ToString(), "--exit", "--json", resultFile);

    public async Task<JsonObject> GetAsync(string path, CancellationToken cancellation) =>
        (await _client.GetFromJsonAsync<JsonObject>(new Uri(path, UriKind.Relative), cancellation))!;

    /// <summary>Ends when the server has taken the loop up and begun to work on it.</summary>
    public async Task LoopExistsAsync(CancellationToken cancellation)
    {
        while (true)
        {
            using var answer = await _client.GetAsync(new Uri("api/slipway/v1/namespaces/default/loops/drift/report", UriKind.Relative), cancellation);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _client.Dispose();
    }
}
