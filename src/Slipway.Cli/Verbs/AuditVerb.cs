using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway audit verify</c>: whether the event log is as it was written.</summary>
internal static class AuditVerb
{
    public static Command Create(CliContext cli)
    {
        var server = CommonOptions.Server();
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verify = new Verb("verify", "Recomputes the hash chain over all events. Exit code 1 when something was changed afterwards.")
        {
            Examples = [new("slipway audit verify --output json", "for a script")],
        };
        verify.Options.Add(server);
        verify.Options.Add(output);
        verify.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                if (!(await client.Audit.VerifyAsync(cancellation)).TryGet(out var verdict, out problem))
                {
                    return problem;
                }

                cli.Print(
                    new JsonObject { ["events"] = verdict.Events, ["intact"] = verdict.Intact, ["firstBroken"] = verdict.FirstBroken },
                    parse.GetValue(output),
                    () => verdict.Intact ? $"{verdict.Events} events, intact\n" : $"{verdict.Events} events, BROKEN from event {verdict.FirstBroken} on\n");
                return verdict.Intact ? ExitCodes.Ok : ExitCodes.Failed;
            }
        });

        var verb = new Verb("audit", "The tamper-evident log of everything that happened.");
        verb.Subcommands.Add(verify);
        return verb;
    }
}
