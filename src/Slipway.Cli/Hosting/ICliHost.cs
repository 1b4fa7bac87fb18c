namespace Slipway.Cli.Hosting;

/// <summary>What the program around the command line supplies: the server itself and the tools that work without one.</summary>
public interface ICliHost
{
    /// <summary>Runs the server in the foreground until SIGTERM, SIGINT or the token; answers the exit code.</summary>
    /// <exception cref="Kernel.Problems.ProblemException">It cannot start, for a reason that the user can mend (the port is taken, the folder is locked).</exception>
    Task<int> RunServerAsync(ServerSettings settings, CancellationToken cancellation);

    /// <summary>Starts the server in this process and comes back once it is ready.</summary>
    /// <exception cref="Kernel.Problems.ProblemException">As for <see cref="RunServerAsync"/>.</exception>
    Task<IRunningServer> StartServerAsync(ServerSettings settings, CancellationToken cancellation);

    /// <summary>A tool that works on local files, such as <c>IFileProfiler</c> or <c>IDriftComparer</c>.</summary>
    T LocalTool<T>()
        where T : class;
}
