using System.Text.Json.Nodes;
using Slipway.Cli.Hosting;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Client.Loops;
using Slipway.Kernel.Problems;
using Spectre.Console;

namespace Slipway.Cli.Loops;

/// <summary>How a loop is to be run.</summary>
/// <param name="Server">A server that runs already; null starts one in this process with <paramref name="Settings"/>.</param>
/// <param name="Exit">End when the loop is over, also when the server was started here.</param>
/// <param name="JsonFile">Where the result goes; null is nowhere.</param>
internal sealed record LoopRunOptions(string File, Uri? Server, ServerSettings? Settings, bool Exit, string? JsonFile);

/// <summary>Brings the data to a server, applies the Loop, follows it and reports.</summary>
internal sealed class LoopRun(CliContext cli, LoopRunOptions options, LoopGuide? guide)
{
    private const string Namespace = "default";

    // The members of the report that are the result; the others are about the moment.
    private static readonly string[] ResultMembers = ["windows", "requests", "trainings", "promotions", "rollbacks", "events", "seconds"];

    public async Task<Result<int>> RunAsync(CancellationToken cancellation)
    {
        if (!LoopFile.Read(options.File).TryGet(out var loop, out var problem))
        {
            return problem;
        }

        if (options.JsonFile is { } json && Path.GetDirectoryName(json) is { } folder && !Directory.Exists(folder))
        {
            return Problem.Invalid($"--json: the folder {folder} does not exist");
        }

        using var interrupts = new Interrupts(cancellation);
        IRunningServer? server = null;
        try
        {
            guide?.Introduce(cli.Out);
            var address = options.Server;
            if (address is null)
            {
                server = await cli.Host.StartServerAsync(FreePort.Choose(options.Settings!), interrupts.Token);
                address = server.BaseAddress;
                await cli.Out.WriteLineAsync($"Server started at {address} on {options.Settings!.DataDirectory}");
            }

            var exitCode = await RunOnAsync(address, loop, interrupts.Token);
            if (server is not null && !options.Exit && exitCode.Succeeded)
            {
                await cli.Out.WriteLineAsync($"\nThe loop's page: {address}   (the server stays up; Ctrl+C stops it)");
                await cli.Out.FlushAsync(CancellationToken.None);
                await interrupts.WaitAsync();
            }

            return exitCode;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            await cli.Error.WriteLineAsync("interrupted; start again with the same data folder and the loop goes on where it was");
            return ExitCodes.Interrupted;
        }
        finally
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }
    }

    private async Task<Result<int>> RunOnAsync(Uri address, LoopFile loop, CancellationToken cancellation)
    {
        using var client = cli.ConnectTo(address);
        if (!(await SubmitAsync(client, loop, cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        // The follower does its own waiting and says so; a retry below it would only delay that.
        using var once = cli.ConnectTo(address, new SlipwayClientOptions { RetryFor = TimeSpan.Zero, Timeout = TimeSpan.FromSeconds(30) });
        var follower = new LoopFollower(once, Namespace, loop.Name, cli.Time);
        var followed = cli.IsTerminal
            ? await LiveLoopView.RunAsync(AnsiConsole.Console, guide, view => follower.FollowAsync(view, cancellation))
            : await follower.FollowAsync(new PlainLoopView(cli.Out, guide), cancellation);
        if (!followed.TryGet(out var reading, out problem))
        {
            return problem;
        }

        if (options.JsonFile is { } json && !(await AtomicFile.WriteAsync(json, JsonText.Of(ResultOf(reading.Raw)) + "\n", null, cancellation)).TryGet(out _, out problem))
        {
            return problem;
        }

        var report = reading.Report;
        await cli.Out.WriteLineAsync();
        await cli.Out.WriteLineAsync(LoopText.Table(report.Windows));
        await cli.Out.WriteLineAsync(LoopText.Summary(report, loop.Resource["spec"]?["metric"]?.ToString() ?? "metric"));
        if (report.State == "failed")
        {
            return new Problem(ProblemCode.Internal, $"the loop {loop.Name} failed: {report.Message ?? "the server gave no reason"}");
        }

        return report.Requests.Failed == 0
            ? ExitCodes.Ok
            : new Problem(ProblemCode.Internal, $"{LoopText.Count(report.Requests.Failed)} of {LoopText.Count(report.Requests.Sent)} requests failed");
    }

    private async Task<Result<Unit>> SubmitAsync(SlipwayClient client, LoopFile loop, CancellationToken cancellation)
    {
        var file = Path.GetFileName(loop.DataFile);
        var uploaded = await client.Datasets.UploadAsync(Namespace, loop.Name, loop.Format, $"file:{file}", loop.DataFile, cancellation);
        if (!uploaded.TryGet(out var version, out var problem))
        {
            return problem with { Message = $"the data {file} was refused: {problem.Message}" };
        }

        if (version["digest"]?.ToString() is not { Length: > 0 } digest)
        {
            return new Problem(ProblemCode.Unsupported, "the server's answer to the upload has no digest. Are server and client of the same version?");
        }

        await cli.Out.WriteLineAsync($"Data {file} is dataset {loop.Name}, version {digest[..Math.Min(12, digest.Length)]}");
        var resource = loop.Resource.DeepClone().AsObject();
        resource["metadata"]!["namespace"] = Namespace;
        resource["spec"]!["dataset"] = new JsonObject { ["name"] = loop.Name, ["version"] = digest };
        var applied = await client.Loops.ApplyAsync(Namespace, loop.Name, resource, cancellation);
        if (!applied.TryGet(out var loopResource, out problem))
        {
            return problem with { Message = $"the loop {loop.Name} was refused: {problem.Message}" };
        }

        await cli.Out.WriteLineAsync($"Loop {loop.Name} {(loopResource.Created ? "started" : "was there already; following it")}");
        return Result.Ok;
    }

    private static JsonObject ResultOf(JsonObject report)
    {
        var result = new JsonObject();
        foreach (var member in ResultMembers)
        {
            result[member] = report[member]?.DeepClone();
        }

        return result;
    }
}
