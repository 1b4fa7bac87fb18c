using Slipway.Cli.Hosting;
using Slipway.Client;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Terminal;

/// <summary>Everything that a verb needs from outside, so that tests can stand in for the terminal.</summary>
internal sealed record CliContext
{
    public const string DefaultServer = "http://127.0.0.1:8080";

    public required ICliHost Host { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required Func<Stream> OpenInput { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>What relative paths are relative to.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether <see cref="Out"/> is a terminal that a live view can draw on.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>A file on the command line, as an absolute path.</summary>
    public string PathOf(string file) => Path.GetFullPath(file, Directory);

    /// <summary>The server of the client verbs: the flag, else SLIPWAY_SERVER, else this machine's default.</summary>
    public Result<Uri> ServerOf(string? flag)
    {
        var (text, source) = flag is not null ? (flag, "--server")
            : Environment("SLIPWAY_SERVER") is { Length: > 0 } set ? (set, "SLIPWAY_SERVER")
            : (DefaultServer, "");
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(url, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
            ? server
            : Problem.Invalid([new Fault(source, $"\"{text}\" is not a server's address; use one such as {DefaultServer}")]);
    }

    public Result<SlipwayClient> Connect(string? flag, SlipwayClientOptions? options = null) => ServerOf(flag).Select(server => ConnectTo(server, options));

    public SlipwayClient ConnectTo(Uri server, SlipwayClientOptions? options = null) =>
        new(server, (options ?? new SlipwayClientOptions()) with { Token = Environment("SLIPWAY_TOKEN") }, Time);

    /// <summary>Prints what is wrong in one line each and answers the exit code.</summary>
    public int Fail(Problem problem)
    {
        Error.WriteLine($"error: {OneLine(problem.Message)}");
        return ExitCodes.Failed;
    }

    /// <summary>Prints how the command line is wrong, one line per fault, and answers the exit code.</summary>
    public int Usage(Problem problem)
    {
        if (problem.Faults.Count == 0)
        {
            Error.WriteLine($"error: {OneLine(problem.Message)}");
        }

        foreach (var fault in problem.Faults)
        {
            Error.WriteLine(OneLine(fault.Path.Length == 0 ? $"error: {fault.Message}" : $"error: {fault.Path}: {fault.Message}"));
        }

        return ExitCodes.Usage;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
