using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Slipway.Conformance;

/// <summary>
/// A real PostgreSQL for this test process: started at first use on a free loopback port in a temporary folder, stopped when the process ends.
/// Every test gets a database of its own. It is the Debian package <c>postgresql-15</c> (installed by apt-get when missing), run as the user
/// <c>postgres</c>, since the server refuses root.
/// </summary>
public static class TestPostgres
{
    private static readonly Lazy<Task<Server>> Running = new(StartAsync);
    private static int _databases;

    /// <summary>Makes an empty database and returns its URL: <c>postgres://...</c>.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await Running.Value;
        var name = $"test{Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture)}";
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={server.Port};Username=slipway;Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE template0", connection);
        await command.ExecuteNonQueryAsync();
        return $"postgres://slipway@127.0.0.1:{server.Port}/{name}";
    }

    private static async Task<Server> StartAsync()
    {
        var programs = await ProgramsAsync();
        var folder = Directory.CreateTempSubdirectory("slipway-pg-").FullName;
        var asRoot = Environment.UserName == "root";
        if (asRoot)
        {
            await RunAsync("chown", ["postgres:postgres", folder]);
        }

        string[] user = asRoot ? ["runuser", "-u", "postgres", "--"] : [];
        var data = Path.Combine(folder, "data");
        await RunAsync([.. user, $"{programs}/initdb", "-D", data, "-U", "slipway", "-A", "trust", "-N", "--no-instructions", "-E", "UTF8", "--locale=C"], folder);

        var port = SlipwayProgram.FreePort();
        string[] options =
        [
            "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=300", "-c", "shared_buffers=32MB",
        ];
        var process = Launch([.. user, $"{programs}/postgres", .. options], folder);
        var server = new Server(process, folder, Path.Combine(data, "postmaster.pid"), port);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Stop();
        await UntilReadyAsync(server);
        return server;
    }

    private static async Task<string> ProgramsAsync()
    {
        const string Debian = "/usr/lib/postgresql/15/bin";
        if (!File.Exists($"{Debian}/postgres"))
        {
            await RunAsync("apt-get", ["update", "-qq"]);
            await RunAsync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "postgresql-15"]);
        }

        return Debian;
    }

    private static async Task UntilReadyAsync(Server server)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(
                    $"Host=127.0.0.1;Port={server.Port};Username=slipway;Database=postgres;Pooling=false;Timeout=2");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromSeconds(30) && !server.Process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private static Task RunAsync(string program, string[] arguments) => RunAsync([program, .. arguments], "/");

    private static async Task RunAsync(string[] command, string folder)
    {
        using var process = Launch(command, folder);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await output}{await errors}");
        }
    }

    private static Process Launch(string[] command, string folder)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        return process;
    }

    private sealed record Server(Process Process, string Folder, string PidFile, int Port)
    {
        // By the server's own pid: what was started may be runuser, which does not pass every signal on. Nobody waits for it: waiting for a child while the
        // process ends can take until the test runner loses patience (10 s), since by then nothing may tell that the child is gone.
        public void Stop()
        {
            if (File.Exists(PidFile))
            {
                const string Script = "kill -QUIT $1; while kill -0 $1 2>/dev/null; do sleep 0.05; done; rm -rf -- \"$2\"";
                using var cleaner = Process.Start("sh", ["-c", Script, "stop", File.ReadLines(PidFile).First(), Folder]);
            }
        }
    }
}
