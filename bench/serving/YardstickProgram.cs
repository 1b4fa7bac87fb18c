using System.Diagnostics;
using System.Globalization;
using Slipway.Conformance;

namespace Slipway.Bench.Serving;

/// <summary>A yardstick, running as a program of its own.</summary>
internal sealed class YardstickProgram : IAsyncDisposable
{
    private readonly Process _process;

    private YardstickProgram(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int Process => _process.Id;

    public static async Task<YardstickProgram> StartAsync(string name, string[] arguments)
    {
        var (port, readiness) = (SlipwayProgram.FreePort(), SlipwayProgram.FreePort());
        var process = System.Diagnostics.Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [name, Text(port), Text(readiness), .. arguments]) { RedirectStandardOutput = true })!;
        await ReadyAsync(readiness);
        return new YardstickProgram(process, port);
    }

    public static async Task ReadyAsync(int port)
    {
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                if ((await http.GetAsync($"http://127.0.0.1:{port}/readyz")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
