using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests;

/// <summary>For tests that have a published server, with a data folder, to themselves.</summary>
public abstract class ServerOfItsOwn : IAsyncLifetime
{
    private protected ServerOfItsOwn()
    {
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/") };
        Server = SlipwayProgram.Up(Folder.FullPath, Port);
    }

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected TempFolder Folder { get; } = new();

    private protected int Port { get; } = SlipwayProgram.FreePort();

    private protected HttpClient Client { get; }

    private protected SlipwayProgram Server { get; }

    public virtual async ValueTask InitializeAsync() => await Server.ReadyAsync(Client, TimeProvider.System, Cancellation);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Client.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
