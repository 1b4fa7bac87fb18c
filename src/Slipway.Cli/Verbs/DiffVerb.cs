using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client.Resources;
using Slipway.Client;
using Slipway.Kernel.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway diff</c>: what an apply would change.</summary>
internal static class DiffVerb
{
    public static Command Create(CliContext cli)
    {
        var files = CommonOptions.Files();
        files.Required = true;
        var recursive = CommonOptions.Recursive();
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("diff", "Shows what `slipway apply` would change. Exit code 0: nothing, 1: something, 2: it could not be found out.")
        {
            Examples = [new("slipway diff -f monitor.yaml", "the live resource against the file")],
        };
        foreach (var option in (Option[])[files, recursive, ns, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var found = await ResourceTargets.FromFilesAsync(
                    cli, client, parse.GetRequiredValue(files), parse.GetValue(recursive), parse.GetRequiredValue(ns), cancellation);
                if (!found.TryGet(out var targets, out problem))
                {
                    return cli.Usage(problem);
                }

                var exitCode = ExitCodes.Ok;
                foreach (var (manifest, target) in targets)
                {
                    var difference = await CompareAsync(client, manifest.Resource, target, cancellation);
                    if (!difference.TryGet(out var text, out problem))
                    {
                        return cli.Usage(problem with { Message = $"{manifest.Origin}: {problem.Message}" });
                    }

                    if (text.Length > 0)
                    {
                        exitCode = ExitCodes.Failed;
                        await cli.Out.WriteAsync(text);
                    }
                }

                return exitCode;
            }
        });
    }

    private static async Task<Result<string>> CompareAsync(SlipwayClient client, JsonObject wanted, Target target, CancellationToken cancellation)
    {
        var live = await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation);
        if (!live.TryGet(out var before, out var problem) && problem.Code != ProblemCode.NotFound)
        {
            return problem;
        }

        // Forced, because the question is what the content would be, not who owns it.
        var merged = await client.Resources.ApplyAsync(target.Type, target.Namespace, target.Name, wanted, new ApplyOptions(Force: true, DryRun: true), cancellation);
        return merged.Select(after => LineDiff.Unified(
            before is null ? "" : YamlText.Of(Resources.Content(before)), YamlText.Of(Resources.Content(after.Resource)), $"live/{target.Display}", $"files/{target.Display}"));
    }
}
