using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.EndToEnd.Tests.CommandLine;

/// <summary>`./slipway up` as a user starts it, in a process of its own, on a free port.</summary>
internal sealed partial class SlipwayProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private SlipwayProcess(Process process) => _process = process;

    public Uri Address { get; private set; } = null!;

    public static async Task<SlipwayProcess> StartAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Checkout.Launcher, ["up", "--port", "0", .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        start.Environment.Remove("SLIPWAY_SERVER");
        var server = new SlipwayProcess(Process.Start(start)!);
        var ready = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Read(string? line)
        {
            lock (server._log)
            {
                server._log.AppendLine(line);
            }

            if (line is not null && Ready().Match(line) is { Success: true } match)
            {
                ready.TrySetResult(new Uri(match.Groups[1].Value));
            }
        }

        server._process.OutputDataReceived += (_, e) => Read(e.Data);
        server._process.ErrorDataReceived += (_, e) => Read(e.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        var ended = server._process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended, Task.Delay(LongestStart, TimeProvider.System, TestContext.Current.CancellationToken)) != ready.Task)
        {
            await server.DisposeAsync();
            throw new Xunit.Sdk.XunitException($"the server did not get ready:\n{server.Log}");
        }

        server.Address = await ready.Task;
        return server;
    }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>SIGTERM, as a supervisor ends it; the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"ready at (http://\S+)")]
    private static partial Regex Ready();
}
