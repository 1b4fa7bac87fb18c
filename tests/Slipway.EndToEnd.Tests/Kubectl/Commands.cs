using System.Diagnostics;

namespace Slipway.EndToEnd.Tests.Kubectl;

/// <summary>How a program ended and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The output; a failure of the test with both texts when the program failed.</summary>
    public string Text => ExitCode == 0 ? Output : throw new Xunit.Sdk.XunitException($"exit code {ExitCode}\n{Output}\n{Error}");
}

internal static class Commands
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static async Task<Outcome> RunAsync(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string? input = null)
    {
        using var process = Start(file, arguments, environment);
        using var limit = new CancellationTokenSource(Longest);
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input);
            }

            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new Outcome(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{file} {string.Join(' ', arguments)} did not end within {Longest}");
        }
    }

    public static Process Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start");
    }
}
