using Slipway.Cli.Hosting;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Tests;

/// <summary>Runs the command line as a user would, with its output caught and a folder of its own.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("slipway-cli-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public RecordingHost Host { get; } = new();

    public string Input { get; set; } = "";

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public async Task<int> RunAsync(params string[] args) => await SlipwayCli.RunAsync(args, Context(), TestContext.Current.CancellationToken);

    public CliContext Context() => new()
    {
        Host = Host,
        Out = _out,
        Error = _error,
        OpenInput = () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Input)),
        Environment = name => Environment.GetValueOrDefault(name),
        Time = TimeProvider.System,
        Directory = Directory,
    };

    public string Write(string name, string content)
    {
        var path = Path.Combine(Directory, name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

/// <summary>Stands where the program stands: remembers with which settings a server was asked for.</summary>
internal sealed class RecordingHost : ICliHost
{
    public ServerSettings? Settings { get; private set; }

    public Uri? Running { get; set; }

    public bool Stopped { get; private set; }

    public Task<int> RunServerAsync(ServerSettings settings, CancellationToken cancellation)
    {
        Settings = settings;
        return Task.FromResult(0);
    }

    public Task<IRunningServer> StartServerAsync(ServerSettings settings, CancellationToken cancellation)
    {
        Settings = settings;
        return Task.FromResult<IRunningServer>(new Server(Running!, () => Stopped = true));
    }

    public T LocalTool<T>()
        where T : class => throw new InvalidOperationException($"No {typeof(T).Name} in these tests");

    private sealed class Server(Uri address, Action stop) : IRunningServer
    {
        public Uri BaseAddress => address;

        public ValueTask DisposeAsync()
        {
            stop();
            return ValueTask.CompletedTask;
        }
    }
}
