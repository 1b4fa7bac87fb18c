using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Client.Resources;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway apply</c>: makes resources so.</summary>
internal static class ApplyVerb
{
    public static Command Create(CliContext cli)
    {
        var files = CommonOptions.Files();
        files.Required = true;
        var recursive = CommonOptions.Recursive();
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var dryRun = new Option<bool>("--dry-run") { Description = "Have the server check everything and change nothing" };
        var force = new Option<bool>("--force-conflicts") { Description = "Take over fields that another manager owns" };
        var output = CommonOptions.Output(OutputFormat.Name, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("apply", "Creates the resources in files, or changes them to what the files say (server-side apply).")
        {
            Examples =
            [
                new("slipway apply -f monitor.yaml", "one file, which may hold several documents"),
                new("slipway apply -f manifests/ -R", "a folder with all folders below it"),
                new("cat monitor.yaml | slipway apply -f - --dry-run", "from standard input, only checked"),
            ],
        };
        foreach (var option in (Option[])[files, recursive, ns, dryRun, force, server, output])
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
                    return problem;
                }

                var options = new ApplyOptions(Force: parse.GetValue(force), DryRun: parse.GetValue(dryRun));
                return await ApplyAllAsync(cli, client, targets, options, parse.GetValue(output), cancellation);
            }
        });
    }

    // One that is refused does not keep the others from being applied; the exit code tells.
    private static async Task<int> ApplyAllAsync(
        CliContext cli, SlipwayClient client, IReadOnlyList<ManifestTarget> targets, ApplyOptions options, OutputFormat format, CancellationToken cancellation)
    {
        var exitCode = ExitCodes.Ok;
        var applied = new List<JsonObject>();
        foreach (var (manifest, target) in targets)
        {
            var before = await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation);
            var result = await client.Resources.ApplyAsync(target.Type, target.Namespace, target.Name, manifest.Resource, options, cancellation);
            if (!result.TryGet(out var answer, out var problem))
            {
                var cure = problem.Code == ProblemCode.Conflict && !options.Force ? "; --force-conflicts takes these fields over" : "";
                exitCode = cli.Fail(problem with { Message = $"{manifest.Origin}: {target.Display}: {problem.Message}{cure}" });
                continue;
            }

            applied.Add(answer.Resource);
            if (format == OutputFormat.Name)
            {
                // A dry run keeps the resourceVersion, so only the content tells.
                var change = answer.Created || !before.Succeeded ? "created"
                    : JsonNode.DeepEquals(Resources.Content(before.Value), Resources.Content(answer.Resource)) ? "unchanged"
                    : "configured";
                await cli.Out.WriteLineAsync($"{target.Display} {change}{(options.DryRun ? " (dry run)" : "")}");
            }
        }

        if (format != OutputFormat.Name)
        {
            cli.Print(Resources.One(applied), format, () => "");
        }

        return exitCode;
    }
}
