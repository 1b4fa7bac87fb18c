using System.CommandLine;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway delete</c>: removes resources.</summary>
internal static class DeleteVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static Command Create(CliContext cli)
    {
        var arguments = ResourceTargets.Argument("Kind and names");
        var files = CommonOptions.Files();
        var recursive = CommonOptions.Recursive();
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var ignore = new Option<bool>("--ignore-not-found") { Description = "What is not there counts as deleted" };
        var wait = new Option<bool>("--wait") { Description = "Come back when they are gone; --wait=false does not wait", DefaultValueFactory = _ => true };
        var cascade = new Option<string>("--cascade") { Description = "What they own: background (default), foreground, or orphan to keep it", DefaultValueFactory = _ => "background" };
        cascade.OneOf("background", "foreground", "orphan");
        var verb = new Verb("delete", "Deletes resources by name or as listed in files.")
        {
            Examples = [new("slipway delete loop housing", "one by name"), new("slipway delete -f manifests/ --ignore-not-found", "whatever the files list")],
        };
        verb.Arguments.Add(arguments);
        foreach (var option in (Option[])[files, recursive, ns, ignore, wait, cascade, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var given = parse.GetValue(arguments) ?? [];
            var sources = parse.GetValue(files) ?? [];
            if ((given.Length == 0) == (sources.Length == 0) || (given is [var kind] && !kind.Contains('/')))
            {
                return cli.Usage(Problem.Invalid("delete needs either a kind with names (slipway delete loop housing) or files (-f)"));
            }

            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var found = sources.Length > 0
                    ? (await ResourceTargets.FromFilesAsync(cli, client, sources, parse.GetValue(recursive), parse.GetRequiredValue(ns), cancellation))
                        .Select(targets => (IReadOnlyList<Target>)[.. targets.Select(t => t.Target)])
                    : await ResourceTargets.FromArgumentsAsync(client, given, parse.GetRequiredValue(ns), cancellation);
                if (!found.TryGet(out var all, out problem))
                {
                    return problem;
                }

                var exitCode = ExitCodes.Ok;
                var propagation = char.ToUpperInvariant(parse.GetRequiredValue(cascade)[0]) + parse.GetRequiredValue(cascade)[1..];
                foreach (var target in all)
                {
                    var deleted = await DeleteAsync(cli, client, target, propagation, parse.GetValue(wait), cancellation);
                    if (!deleted.TryGet(out _, out problem) && !(problem.Code == ProblemCode.NotFound && parse.GetValue(ignore)))
                    {
                        exitCode = cli.Fail(problem);
                    }
                }

                return exitCode;
            }
        });
    }

    private static async Task<Result<Unit>> DeleteAsync(
        CliContext cli, SlipwayClient client, Target target, string propagation, bool wait, CancellationToken cancellation)
    {
        if (!(await client.Resources.DeleteAsync(target.Type, target.Namespace, target.Name, propagation, cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        // Finalizers may keep it for a while.
        while (wait)
        {
            if (!(await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation)).TryGet(out var left, out problem))
            {
                if (problem.Code == ProblemCode.NotFound)
                {
                    break;
                }

                return problem;
            }

            if (left["metadata"]?["deletionTimestamp"] is null)
            {
                // Somebody made a new one under the name.
                break;
            }

            await Task.Delay(Pause, cli.Time, cancellation);
        }

        await cli.Out.WriteLineAsync($"{target.Display} deleted");
        return Result.Ok;
    }
}
