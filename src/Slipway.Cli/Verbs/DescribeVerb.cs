using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client.Resources;
using Slipway.Client;
using Slipway.Kernel.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway describe</c>: a resource for reading, with its conditions and what happened to it.</summary>
internal static class DescribeVerb
{
    public static Command Create(CliContext cli)
    {
        var arguments = ResourceTargets.Argument("Kind and names");
        arguments.Arity = ArgumentArity.OneOrMore;
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("describe", "Shows resources for reading: what was asked for, how it stands, and its latest events.")
        {
            Examples = [new("slipway describe loop housing", "one loop"), new("slipway describe monitor/housing -n team-a", "in another namespace")],
        };
        verb.Arguments.Add(arguments);
        verb.Options.Add(ns);
        verb.Options.Add(server);

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var given = parse.GetRequiredValue(arguments);
                if (given is [var kind] && !kind.Contains('/'))
                {
                    return cli.Usage(Problem.Invalid($"describe needs a name: slipway describe {kind} NAME (slipway get {kind} lists them)"));
                }

                if (!(await ResourceTargets.FromArgumentsAsync(client, given, parse.GetRequiredValue(ns), cancellation)).TryGet(out var targets, out problem))
                {
                    return problem;
                }

                var exitCode = ExitCodes.Ok;
                foreach (var target in targets)
                {
                    var answer = await client.Resources.GetAsync(target.Type, target.Namespace, target.Name, cancellation);
                    if (answer.TryGet(out var resource, out problem))
                    {
                        await cli.Out.WriteLineAsync(Text(target, resource, await EventsAsync(client, target, cancellation)));
                    }
                    else
                    {
                        exitCode = cli.Fail(problem);
                    }
                }

                return exitCode;
            }
        });
    }

    private static string Text(Target target, JsonObject resource, IReadOnlyList<JsonObject> events)
    {
        var metadata = resource["metadata"] as JsonObject ?? [];
        var text = new List<string> { $"Name:         {target.Name}" };
        if (target.Namespace is { } ns)
        {
            text.Add($"Namespace:    {ns}");
        }

        text.Add($"Kind:         {target.Type.Kind} ({target.Type.ApiVersion})");
        text.Add($"Labels:       {Pairs(metadata["labels"])}");
        text.Add($"Annotations:  {Pairs(metadata["annotations"])}");
        text.Add($"Created:      {metadata["creationTimestamp"]}");
        if (metadata["deletionTimestamp"] is { } deleted)
        {
            text.Add($"Deleted:      {deleted} (waits for {string.Join(", ", (metadata["finalizers"] as JsonArray ?? []).Select(f => f?.ToString()))})");
        }

        var status = resource["status"]?.DeepClone() as JsonObject ?? [];
        var conditions = (status["conditions"] as JsonArray ?? []).OfType<JsonObject>().ToArray();
        status.Remove("conditions");
        foreach (var (name, value) in resource.Where(m => m.Key is not ("apiVersion" or "kind" or "metadata" or "status")).Append(new("status", status)))
        {
            if (value is not null and not JsonObject { Count: 0 })
            {
                text.Add($"{char.ToUpperInvariant(name[0])}{name[1..]}:");
                text.Add(Indent(YamlText.Of(value)));
            }
        }

        if (conditions.Length > 0)
        {
            var table = new TextTable("TYPE", "STATUS", "SINCE", "REASON", "MESSAGE");
            foreach (var c in conditions)
            {
                table.Add([.. new[] { "type", "status", "lastTransitionTime", "reason", "message" }.Select(m => JsonText.Cell(c[m]))]);
            }

            text.Add("Conditions:");
            text.Add(Indent(table.ToString()));
        }

        text.Add(events.Count == 0 ? "Events:       <none>" : "Events:");
        if (events.Count > 0)
        {
            var table = new TextTable("LAST SEEN", "TYPE", "REASON", "MESSAGE");
            foreach (var e in events)
            {
                table.Add(JsonText.Cell(e["lastTimestamp"] ?? e["eventTime"]), JsonText.Cell(e["type"]), JsonText.Cell(e["reason"]), JsonText.Cell(e["message"]));
            }

            text.Add(Indent(table.ToString()));
        }

        return string.Join('\n', text);
    }

    private static async Task<IReadOnlyList<JsonObject>> EventsAsync(SlipwayClient client, Target target, CancellationToken cancellation)
    {
        // A server that keeps no Event resources has none to show.
        if (!(await client.Kinds.FindAsync("v1", "Event", cancellation)).TryGet(out var type, out _))
        {
            return [];
        }

        var query = new ListQuery { FieldSelector = $"involvedObject.kind={target.Type.Kind},involvedObject.name={target.Name}" };
        return (await client.Resources.ListAsync(type, target.Namespace ?? "default", query, cancellation)).TryGet(out var list, out _)
            ? [.. (list["items"] as JsonArray ?? []).OfType<JsonObject>()]
            : [];
    }

    private static string Pairs(JsonNode? node) => node is JsonObject { Count: > 0 } map ? string.Join(", ", map.Select(p => $"{p.Key}={p.Value}")) : "<none>";

    private static string Indent(string text) => string.Join('\n', text.TrimEnd('\n').Split('\n').Select(line => "  " + line));
}
