using System.CommandLine;
using Slipway.Cli.Terminal;
using Slipway.Client.Logs;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway logs NAME</c>: what the worker processes of an inference service print.</summary>
internal static class LogsVerb
{
    private const int MostLines = 10_000;

    private static readonly string[] Components = ["predictor", "transformer", "explainer"];

    public static Command Create(CliContext cli)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the InferenceService" };
        var component = new Option<string>("--component", "-c") { Description = $"One of {string.Join(", ", Components)}", HelpName = "NAME", DefaultValueFactory = _ => Components[0] };
        component.OneOf(Components);
        var revision = new Option<string?>("--revision") { Description = "Revision, such as churn-00003; else the newest that ran", HelpName = "NAME" };
        var tail = new Option<int>("--tail") { Description = "How many of the last lines", HelpName = "N", DefaultValueFactory = _ => 100 };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as lines come, until Ctrl+C" };
        var (ns, server) = (CommonOptions.Namespace(), CommonOptions.Server());
        var verb = new Verb("logs", "What the Python worker processes of an inference service print.")
        {
            Examples =
            [
                new("slipway logs churn", "the last 100 lines of the newest revision's workers"),
                new("slipway logs churn --component transformer --follow", "of its transformer, as they come"),
            ],
        };
        verb.Arguments.Add(name);
        foreach (var option in (Option[])[component, revision, tail, follow, ns, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var lines = parse.GetValue(tail);
            if (lines is < 1 or > MostLines)
            {
                return cli.Usage(Problem.Invalid([new Fault("--tail", $"{lines} is not a number from 1 to {MostLines}")]));
            }

            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using var interrupts = new Interrupts(cancellation);
            using (client)
            {
                try
                {
                    var query = new WorkerLogQuery(parse.GetRequiredValue(component), parse.GetValue(revision), lines, parse.GetValue(follow));
                    var any = false;
                    var read = await client.WorkerLogs.ReadAsync(parse.GetRequiredValue(ns), parse.GetRequiredValue(name), query, line =>
                    {
                        any = true;
                        return cli.Out.WriteLineAsync(line);
                    }, interrupts.Token);
                    if (read.Succeeded && !any)
                    {
                        await cli.Error.WriteLineAsync($"The {query.Component} of {parse.GetValue(name)} has printed nothing so far.");
                    }

                    return read.Select(_ => ExitCodes.Ok);
                }
                catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
                {
                    return ExitCodes.Interrupted;
                }
            }
        });
    }
}
