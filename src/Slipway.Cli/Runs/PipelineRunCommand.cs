using System.Text.Json.Nodes;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Writing;
using Spectre.Console;

namespace Slipway.Cli.Runs;

/// <summary>What is to be run, and how.</summary>
internal sealed record RunRequest(string Namespace, RunPipeline Pipeline, JsonObject Parameters, string? Name, bool NoCache, bool FailFast, int? MaxParallel);

/// <summary>Submits a pipeline, follows it to its end, also through a restart of the server, and says what came of it.</summary>
internal sealed class PipelineRunCommand(CliContext cli, SlipwayClient client, RunRequest request, bool watch, bool quiet, Action<JsonObject> print)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A restart takes seconds; after this long, somebody has to look.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<Result<int>> RunAsync(CancellationToken cancellation)
    {
        if (!(await client.PipelineRuns.SubmitAsync(request.Namespace, Body(), cancellation)).TryGet(out var made, out var problem))
        {
            return problem;
        }

        var id = (string?)made["id"] ?? "";
        if (!quiet)
        {
            await cli.Out.WriteLineAsync($"Run {id} of {request.Pipeline.Spec.Info.Name}");
        }

        var followed = !watch || quiet ? await FollowAsync(id, _ => { }, cancellation)
            : cli.IsTerminal ? await LiveRunView.RunAsync(AnsiConsole.Console, view => FollowAsync(id, view.Show, cancellation))
            : await FollowAsync(id, new PlainRunView(cli.Out).Show, cancellation);
        if (!followed.TryGet(out var run, out problem))
        {
            return problem;
        }

        print(run);
        return (string?)run["state"] == "Succeeded"
            ? ExitCodes.Ok
            : new Problem(ProblemCode.Internal, $"run {id} {((string?)run["state"])?.ToLowerInvariant()}: {(string?)run["error"] ?? "the server gave no reason"}");
    }

    private async Task<Result<JsonObject>> FollowAsync(string id, Action<JsonObject> show, CancellationToken cancellation)
    {
        var lastAnswer = cli.Time.GetTimestamp();
        while (true)
        {
            var asked = cli.Time.GetTimestamp();
            var answer = await client.PipelineRuns.GetAsync(request.Namespace, id, cancellation);
            if (answer.TryGet(out var run, out var problem))
            {
                lastAnswer = cli.Time.GetTimestamp();
                show(run);
                if ((string?)run["state"] is not ("Pending" or "Running"))
                {
                    return run;
                }
            }
            else if (problem.Code is not (ProblemCode.Unavailable or ProblemCode.DeadlineExceeded or ProblemCode.Exhausted)
                || cli.Time.GetElapsedTime(lastAnswer) > Patience)
            {
                return problem;
            }

            // A run of ten thousand steps takes a while to tell; asking must not become the server's main work.
            var took = cli.Time.GetElapsedTime(asked) * 3;
            await Task.Delay(took > Pause ? took : Pause, cli.Time, cancellation);
        }
    }

    private JsonObject Body()
    {
        var options = new JsonObject { ["failure"] = request.FailFast ? "FailFast" : "KeepGoing" };
        if (request.NoCache)
        {
            options["enableCache"] = false;
        }

        if (request.MaxParallel is { } most)
        {
            options["maxParallel"] = most;
        }

        return new JsonObject
        {
            ["spec"] = PipelineWriter.ToWire(request.Pipeline.Spec),
            ["parameters"] = request.Parameters.DeepClone(),
            ["displayName"] = request.Name,
            ["reason"] = "slipway run",
            // So that a call that is repeated, because its answer got lost, makes no second run.
            ["idempotencyKey"] = $"cli:{Id.New(cli.Time)}",
            ["options"] = options,
        };
    }
}
