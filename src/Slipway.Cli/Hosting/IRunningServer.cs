namespace Slipway.Cli.Hosting;

/// <summary>A server in this process; disposing it drains and stops it.</summary>
public interface IRunningServer : IAsyncDisposable
{
    /// <summary>Where it listens, with the real port when 0 was asked for.</summary>
    Uri BaseAddress { get; }
}
