using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway rollout status|pause|resume|promote|abort|undo NAME</c>.</summary>
internal static class RolloutVerb
{
    private static readonly (string Command, string Description, Example Example)[] Commands =
    [
        ("pause", "Nothing happens by itself any more; the traffic stays as it is.", new("slipway rollout pause churn --reason \"looking into it\"", "hold it where it is")),
        ("resume", "Lets it go on; a version that was taken back is tried again.", new("slipway rollout resume churn", "go on")),
        ("promote", "The new version gets all the traffic now.", new("slipway rollout promote churn", "do not wait for the rest")),
        ("abort", "The new version gets nothing any more.", new("slipway rollout abort churn --reason \"complaints\"", "take it back")),
        ("undo", "Goes back to the version that was released before.", new("slipway rollout undo churn", "also after the promotion")),
    ];

    public static Command Create(CliContext cli)
    {
        var verb = new Verb("rollout", "How a service's new version gets its traffic: shows where it stands, and moves it by hand.")
        {
            Examples = [new("slipway rollout status churn", "versions, shares, figures, decisions"), .. Commands.Select(c => c.Example)],
            Notes = "A slipway.dev/v1 Rollout with the name of an InferenceService says how its new versions are rolled out (canary, ab, shadow, bluegreen).\n" +
                "Without one, promote and abort move what `slipway deploy --canary` split.",
        };
        verb.Subcommands.Add(Status(cli));
        foreach (var (command, description, example) in Commands)
        {
            verb.Subcommands.Add(Move(cli, command, description, example));
        }

        return verb;
    }

    private static Verb Status(CliContext cli)
    {
        var verb = new Verb("status", "Versions, shares, figures of this moment and the last decisions.")
        {
            Examples = [new("slipway rollout status churn", "for people"), new("slipway rollout status churn --output json", "for a script")],
        };
        var (name, ns, server, output) = Common(verb);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var report = await client.Rollouts.GetAsync(parse.GetRequiredValue(ns), parse.GetRequiredValue(name), cancellation);
                return report.Select(r => cli.Print(r, parse.GetValue(output), () => Text(r)));
            }
        });
    }

    private static Verb Move(CliContext cli, string command, string description, Example example)
    {
        var verb = new Verb(command, description) { Examples = [example] };
        var (name, ns, server, output) = Common(verb);
        var reason = new Option<string?>("--reason") { Description = "Kept with the decision", HelpName = "TEXT" };
        verb.Options.Add(reason);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var report = await client.Rollouts.CommandAsync(
                    parse.GetRequiredValue(ns), parse.GetRequiredValue(name), command, parse.GetValue(reason), cancellation);
                return report.Select(r => cli.Print(r, parse.GetValue(output), () => Moved(r, command)));
            }
        });
    }

    private static (Argument<string> Name, Option<string> Namespace, Option<string?> Server, Option<OutputFormat> Output) Common(Verb verb)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the InferenceService" };
        var (ns, server) = (CommonOptions.Namespace(), CommonOptions.Server());
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        verb.Arguments.Add(name);
        verb.Options.Add(ns);
        verb.Options.Add(server);
        verb.Options.Add(output);
        return (name, ns, server, output);
    }

    /// <summary>A split by hand is gone once it is promoted, so its report has nothing to say any more.</summary>
    private static string Moved(JsonObject report, string command) => command == "promote" && report["strategy"]?.ToString() == "none"
        ? $"{JsonText.Cell(report["name"])}: promoted; the newest version gets all the requests\n"
        : Head(report);

    private static string Head(JsonObject report) =>
        $"{JsonText.Cell(report["name"])}: {JsonText.Cell(report["phase"])}{(report["paused"]?.GetValue<bool>() == true ? ", paused" : "")}; {JsonText.Cell(report["message"])}\n";

    private static string Text(JsonObject report)
    {
        var text = new StringBuilder(Head(report)).Append("strategy ").Append(JsonText.Cell(report["strategy"])).Append('\n');
        var shares = new TextTable("ROLE", "REVISION", "VERSION", "PERCENT", "REQUESTS", "ERRORS", "P50 MS", "P95 MS", "P99 MS").AlignRight(2, 3, 4, 5, 6, 7, 8);
        foreach (var role in (string[])["released", "candidate", "former"])
        {
            if (report[role] is JsonObject revision)
            {
                var figures = report["figures"]?[role];
                shares.Add(
                    role, JsonText.Cell(revision["revisionName"]), JsonText.Cell(revision["modelVersion"]), JsonText.Cell(revision["percent"]), Figure(figures?["requests"]),
                    Figure(figures?["errors"]), Figure(figures?["p50Ms"]), Figure(figures?["p95Ms"]), Figure(figures?["p99Ms"]));
            }
        }

        foreach (var share in (report["traffic"] as JsonArray ?? []).OfType<JsonObject>())
        {
            shares.Add(JsonText.Cell(share["role"]), JsonText.Cell(share["revisionName"]), JsonText.Cell(share["modelVersion"]), JsonText.Cell(share["percent"]));
        }

        Append(text, shares);
        if (report["shadow"] is JsonObject shadow)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nshadow: {Figure(shadow["compared"])} requests compared, agreement {Figure(shadow["agreement"])}, ")
                .Append(CultureInfo.InvariantCulture, $"mean difference {Figure(shadow["meanDifference"])}, largest {Figure(shadow["maxDifference"])}, ")
                .Append(CultureInfo.InvariantCulture, $"takes {Figure(shadow["meanLatencyGapMs"])} ms longer\n");
        }

        var analyses = new TextTable("METRIC", "VALUE", "BASELINE", "LIMIT", "SAMPLES", "VERDICT").AlignRight(1, 2, 4);
        foreach (var finding in (report["analyses"] as JsonArray ?? []).OfType<JsonObject>())
        {
            analyses.Add(
                JsonText.Cell(finding["metric"]), Figure(finding["value"]), Figure(finding["baseline"]), JsonText.Cell(finding["limit"]), Figure(finding["samples"]),
                JsonText.Cell(finding["verdict"]));
        }

        Append(text, analyses);
        var history = new TextTable("TIME", "DECISION", "BY", "WHY");
        foreach (var entry in (report["history"] as JsonArray ?? []).OfType<JsonObject>())
        {
            history.Add(JsonText.Cell(entry["time"]), JsonText.Cell(entry["kind"]), JsonText.Cell(entry["actor"]), JsonText.Cell(entry["reason"]));
        }

        Append(text, history);
        return text.ToString();
    }

    private static void Append(StringBuilder text, TextTable table)
    {
        if (!table.IsEmpty)
        {
            text.Append('\n').Append(table);
        }
    }

    private static string Figure(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) ? number.ToString("G4", CultureInfo.InvariantCulture) : "-";
}
