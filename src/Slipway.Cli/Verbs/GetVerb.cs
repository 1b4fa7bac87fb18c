using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Client.Resources;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway get</c>: lists resources, or shows some by name.</summary>
internal static class GetVerb
{
    private sealed record Query(string? Namespace, ListQuery List, OutputFormat Format);

    public static Command Create(CliContext cli)
    {
        var arguments = ResourceTargets.Argument("Kind, such as monitors, and names; without a name all of them");
        arguments.Arity = ArgumentArity.OneOrMore;
        var ns = CommonOptions.Namespace();
        var all = new Option<bool>("--all-namespaces", "-A") { Description = "From every namespace" };
        var labels = new Option<string?>("--selector", "-l") { Description = "Only those with these labels, such as team=a,stage!=dev", HelpName = "LABELS" };
        var fields = new Option<string?>("--field-selector") { Description = "Only those with these fields, such as metadata.name=x", HelpName = "FIELDS" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Go on and print every change" };
        var server = CommonOptions.Server();
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Yaml, OutputFormat.Name);
        var verb = new Verb("get", "Lists resources of a kind, or shows some by name.")
        {
            Examples =
            [
                new("slipway get loops", "all loops of the namespace"),
                new("slipway get inferenceservices housing -o yaml", "one, whole"),
                new("slipway get monitors -A -l team=pricing", "from every namespace, by label"),
                new("slipway get loops -w", "and every change from now on"),
            ],
        };
        verb.Arguments.Add(arguments);
        foreach (var option in (Option[])[ns, all, labels, fields, watch, server, output])
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
                var given = parse.GetRequiredValue(arguments);
                var query = new Query(
                    parse.GetValue(all) ? null : parse.GetRequiredValue(ns),
                    new ListQuery { LabelSelector = parse.GetValue(labels), FieldSelector = parse.GetValue(fields) },
                    parse.GetValue(output));
                if (given.Length > 1 || given[0].Contains('/'))
                {
                    return await ShowNamedAsync(cli, client, given, parse.GetRequiredValue(ns), query.Format, cancellation);
                }

                if (!(await client.Kinds.FindAsync(given[0], cancellation)).TryGet(out var type, out problem))
                {
                    return problem;
                }

                var listed = await ListAsync(cli, client, type, query, cancellation);
                return parse.GetValue(watch) && listed.TryGet(out var version, out _)
                    ? await WatchAsync(cli, client, type, query with { List = query.List with { ResourceVersion = version } }, cancellation)
                    : listed.Select(_ => ExitCodes.Ok);
            }
        });
    }

    private static async Task<Result<int>> ShowNamedAsync(
        CliContext cli, SlipwayClient client, string[] given, string ns, OutputFormat format, CancellationToken cancellation)
    {
        if (!(await ResourceTargets.FromArgumentsAsync(client, given, ns, cancellation)).TryGet(out var targets, out var problem))
        {
            return problem;
        }

        var exitCode = ExitCodes.Ok;
        var found = new List<(Target Target, JsonObject Answer)>();
        foreach (var target in targets)
        {
            var answer = format is OutputFormat.Table or OutputFormat.Wide
                ? await client.Resources.GetTableAsync(target.Type, target.Namespace, target.Name, new ListQuery(), cancellation)
                : await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation);
            if (answer.TryGet(out var body, out problem))
            {
                found.Add((target, body));
            }
            else
            {
                exitCode = cli.Fail(problem);
            }
        }

        if (found.Count == 0)
        {
            return exitCode;
        }

        switch (format)
        {
            case OutputFormat.Name:
                found.ForEach(f => cli.Out.WriteLine(f.Target.Display));
                break;
            case OutputFormat.Table or OutputFormat.Wide:
                foreach (var kind in found.GroupBy(f => f.Target.Type))
                {
                    var rows = kind.SelectMany(f => f.Answer["rows"] as JsonArray ?? []).Select(r => r?.DeepClone()).ToArray();
                    kind.First().Answer["rows"] = new JsonArray(rows);
                    await cli.Out.WriteAsync(ServerTable.Read(kind.First().Answer, format == OutputFormat.Wide, withNamespace: false).ToString());
                }

                break;
            default:
                cli.Print(Resources.One([.. found.Select(f => Resources.ForReading(f.Answer))]), format, () => "");
                break;
        }

        return exitCode;
    }

    // Answers the list's resourceVersion, from which a watch goes on.
    private static async Task<Result<string?>> ListAsync(CliContext cli, SlipwayClient client, ResourceType type, Query query, CancellationToken cancellation)
    {
        var asTable = query.Format is OutputFormat.Table or OutputFormat.Wide;
        var answer = asTable
            ? await client.Resources.GetTableAsync(type, query.Namespace, null, query.List, cancellation)
            : await client.Resources.ListAsync(type, query.Namespace, query.List, cancellation);
        if (!answer.TryGet(out var body, out var problem))
        {
            return problem;
        }

        var items = (body["items"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (asTable)
        {
            var table = ServerTable.Read(body, query.Format == OutputFormat.Wide, query.Namespace is null && type.Namespaced);
            if (table.IsEmpty)
            {
                await cli.Error.WriteLineAsync(query.Namespace is null || !type.Namespaced ? $"No {type.Plural}." : $"No {type.Plural} in namespace {query.Namespace}.");
            }
            else
            {
                await cli.Out.WriteAsync(table.ToString());
            }
        }
        else if (query.Format == OutputFormat.Name)
        {
            items.ForEach(item => cli.Out.WriteLine($"{type.SingularName}/{Resources.NameOf(item)}"));
        }
        else
        {
            body["items"] = new JsonArray([.. items.Select(item => Resources.ForReading((JsonObject)item.DeepClone()))]);
            cli.Print(Resources.ForReading((JsonObject)body.DeepClone()), query.Format, () => "");
        }

        await cli.Out.FlushAsync(cancellation);
        return body["metadata"]?["resourceVersion"]?.ToString();
    }

    private static async Task<Result<int>> WatchAsync(CliContext cli, SlipwayClient client, ResourceType type, Query query, CancellationToken cancellation)
    {
        var list = query.List;
        while (true)
        {
            if (!(await client.Resources.WatchAsync(type, query.Namespace, list, cancellation)).TryGet(out var watch, out var problem))
            {
                return problem;
            }

            using (watch)
            {
                await foreach (var read in watch.ReadAsync(cancellation))
                {
                    if (!read.TryGet(out var change, out problem))
                    {
                        return problem;
                    }

                    list = list with { ResourceVersion = change.Resource["metadata"]?["resourceVersion"]?.ToString() };
                    if (change.Type != "BOOKMARK")
                    {
                        await PrintChangeAsync(cli, client, type, change, query, cancellation);
                    }
                }
            }
        }
    }

    private static async Task PrintChangeAsync(CliContext cli, SlipwayClient client, ResourceType type, WatchEvent change, Query query, CancellationToken cancellation)
    {
        var name = Resources.NameOf(change.Resource);
        if (query.Format is OutputFormat.Json or OutputFormat.Yaml)
        {
            cli.Print(Resources.ForReading(change.Resource), query.Format, () => "");
        }
        else if (query.Format == OutputFormat.Name || change.Type == "DELETED")
        {
            await cli.Out.WriteLineAsync($"{type.SingularName}/{name} {change.Type.ToLowerInvariant()}");
        }
        else if ((await client.Resources.GetTableAsync(type, change.Resource["metadata"]?["namespace"]?.ToString(), name, new ListQuery(), cancellation)).TryGet(out var table, out _))
        {
            // The heading stands above already.
            var text = ServerTable.Read(table, query.Format == OutputFormat.Wide, query.Namespace is null && type.Namespaced).ToString();
            await cli.Out.WriteAsync(text[(text.IndexOf('\n') + 1)..]);
        }

        await cli.Out.FlushAsync(cancellation);
    }
}
