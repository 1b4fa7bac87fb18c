using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Data.Ports;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway data profile</c>: what is in a file, without a server.</summary>
internal static class DataVerb
{
    public static Command Create(CliContext cli)
    {
        var file = new Argument<string>("FILE") { Description = "CSV or Parquet file" };
        var html = new Option<string?>("--html") { Description = "Write the profile here as a page of its own, too", HelpName = "FILE" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var profile = new Verb("profile", "Says what is in a CSV or Parquet file: columns, types, missing values, distributions.")
        {
            Examples = [new("slipway data profile housing.csv", "a table"), new("slipway data profile housing.csv --html housing.html", "and a page with charts")],
        };
        profile.Arguments.Add(file);
        profile.Options.Add(html);
        profile.Options.Add(output);
        profile.Runs(cli, async (parse, cancellation) =>
        {
            var profiler = cli.Host.LocalTool<IFileProfiler>();
            if (!(await profiler.ProfileAsync(cli.PathOf(parse.GetRequiredValue(file)), cancellation)).TryGet(out var found, out var problem))
            {
                return problem;
            }

            if (parse.GetValue(html) is { } page && !(await AtomicFile.WriteAsync(cli.PathOf(page), profiler.ToHtml(found), null, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }

            return cli.Print(found, parse.GetValue(output), () => Table(found));
        });

        var verb = new Verb("data", "Works on data files on this machine.");
        verb.Subcommands.Add(profile);
        return verb;
    }

    private static string Table(JsonObject profile)
    {
        var table = new TextTable("COLUMN", "KIND", "COUNT", "MISSING", "DISTINCT", "MIN", "MAX", "MEAN").AlignRight(2, 3, 4, 5, 6, 7);
        foreach (var column in (profile["columns"] as JsonArray ?? []).OfType<JsonObject>())
        {
            table.Add([.. new[] { "column", "kind", "count", "missing", "distinct", "min", "max", "mean" }.Select(member => Cell(column[member]))]);
        }

        return $"{table}\n{profile["rows"]} rows\n";
    }

    private static string Cell(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) && number != Math.Floor(number)
            ? number.ToString("G6", CultureInfo.InvariantCulture)
            : JsonText.Cell(node);
}
