using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway wait</c>: comes back when resources are as asked.</summary>
internal static class WaitVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static Command Create(CliContext cli)
    {
        var arguments = ResourceTargets.Argument("Kind and names");
        arguments.Arity = ArgumentArity.OneOrMore;
        var goal = new Option<string>("--for") { Description = "condition=TYPE[=STATUS], jsonpath={.status.field}=VALUE, or delete", HelpName = "WHAT", Required = true };
        var timeout = new Option<string>("--timeout") { Description = "How long at most, such as 30s or 5m", HelpName = "TIME", DefaultValueFactory = _ => "30s" };
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("wait", "Waits until resources have a condition, a value, or are gone.")
        {
            Examples =
            [
                new("slipway wait loop/housing --for condition=Finished --timeout 5m", "for a condition"),
                new("slipway wait inferenceservice housing --for jsonpath={.status.url}=http://127.0.0.1:8080", "for a value"),
                new("slipway wait loop/housing --for delete", "until it is gone"),
            ],
        };
        verb.Arguments.Add(arguments);
        foreach (var option in (Option[])[goal, timeout, ns, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var given = parse.GetRequiredValue(arguments);
            if (!WaitGoal.TryParse(parse.GetRequiredValue(goal), out var wanted))
            {
                return cli.Usage(Problem.Invalid($"--for {parse.GetValue(goal)}: use condition=TYPE[=STATUS], jsonpath={{.status.field}}=VALUE, or delete"));
            }

            if (!DurationText.TryParse(parse.GetRequiredValue(timeout), out var limit))
            {
                return cli.Usage(Problem.Invalid($"--timeout {parse.GetValue(timeout)}: use a time such as 30s or 5m"));
            }

            if (given is [var kind] && !kind.Contains('/'))
            {
                return cli.Usage(Problem.Invalid($"wait needs a name: slipway wait {kind} NAME --for ..."));
            }

            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                if (!(await ResourceTargets.FromArgumentsAsync(client, given, parse.GetRequiredValue(ns), cancellation)).TryGet(out var targets, out problem))
                {
                    return problem;
                }

                var started = cli.Time.GetTimestamp();
                foreach (var target in targets)
                {
                    if (await WaitForAsync(cli, client, target, wanted, started, limit, cancellation) is { } failure)
                    {
                        return failure;
                    }

                    await cli.Out.WriteLineAsync($"{target.Display} {(wanted.IsDelete ? "deleted" : "condition met")}");
                }

                return ExitCodes.Ok;
            }
        });
    }

    private static async Task<Problem?> WaitForAsync(
        CliContext cli, SlipwayClient client, Target target, WaitGoal goal, long started, TimeSpan limit, CancellationToken cancellation)
    {
        while (true)
        {
            var found = (await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation)).TryGet(out var resource, out var problem);
            if (!found && problem!.Code is not ProblemCode.Unavailable)
            {
                return goal.IsDelete && problem.Code == ProblemCode.NotFound ? null : problem;
            }

            if (found && goal.IsMet(resource!))
            {
                return null;
            }

            if (cli.Time.GetElapsedTime(started) >= limit)
            {
                return new Problem(ProblemCode.DeadlineExceeded, $"{target.Display}: not {goal} within {limit.TotalSeconds:0.##} s{(found ? goal.Standing(resource!) : "")}");
            }

            await Task.Delay(Pause, cli.Time, cancellation);
        }
    }
}
