using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Conformance;

/// <summary>The published program, started as a user starts it: <c>.slipway/app/slipway</c> under the repository's root, which <c>./test</c> builds.</summary>
public sealed class SlipwayProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private SlipwayProgram(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(CopyAsync(process.StandardOutput, _output), CopyAsync(process.StandardError, _errors));
    }

    /// <summary>Where the sources are: <c>SLIPWAY_HOME</c>, else the nearest folder above the tests that holds the solution.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("SLIPWAY_HOME") is { Length: > 0 } home ? home : FindRoot();

    public static string Executable { get; } = Path.Combine(Root, ".slipway", "app", "slipway");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Errors => Text(_errors);

    public string Output => Text(_output);

    public static SlipwayProgram Start(params IEnumerable<string> arguments)
    {
        if (!File.Exists(Executable))
        {
            throw new InvalidOperationException($"{Executable} is missing: build it with SLIPWAY_BUILD_ONLY=1 ./slipway");
        }

        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["SLIPWAY_HOME"] = Root;

        // The program looks for .NET in /usr only; the tests run on the one they should use, wherever it is.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        foreach (var setting in start.Environment.Keys.Where(k => k.StartsWith("SLIPWAY_", StringComparison.Ordinal) && k != "SLIPWAY_HOME").ToList())
        {
            start.Environment.Remove(setting);
        }

        return new SlipwayProgram(Process.Start(start)!);
    }

    /// <summary><c>slipway up</c> on this folder and port; returns at once, before the server is ready.</summary>
    public static SlipwayProgram Up(string dataFolder, int port) => Start("up", "--data", dataFolder, "--port", $"{port}");

    /// <summary>
    /// Where nothing listens. Below the ports that the system gives to connections on their way out (from 32768 on): one of those would take it before the program does.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(15_000, 32_000));
            try
            {
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }

    /// <summary>Ends when <c>/readyz</c> is 200.</summary>
    /// <exception cref="InvalidOperationException">The program ended, or took a minute; with what it said.</exception>
    public async Task ReadyAsync(HttpClient client, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("readyz", UriKind.Relative), cancellation);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            if (_process.HasExited || time.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException($"slipway {(_process.HasExited ? $"ended with {_process.ExitCode}" : "was not ready in time")}: {Errors}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation);
        }
    }

    /// <summary>Ends with the program's exit code, when all it wrote has been read.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        await _reading.WaitAsync(cancellation);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: the program gets no chance to do anything more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a supervisor ends a server; answers with its exit code once it has drained.</summary>
    public async Task<int> TerminateAsync(CancellationToken cancellation)
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellation);
        return await ExitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private static async Task CopyAsync(StreamReader from, StringBuilder to)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (to)
            {
                to.AppendLine(line);
            }
        }
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Slipway.slnx above {AppContext.BaseDirectory}; set SLIPWAY_HOME");
    }
}
