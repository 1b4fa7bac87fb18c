using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway drift</c>: compares two files column by column, without a server.</summary>
internal static class DriftVerb
{
    public static Command Create(CliContext cli)
    {
        var reference = new Argument<string>("REFERENCE") { Description = "CSV or Parquet file with the data as it was" };
        var current = new Argument<string>("CURRENT") { Description = "CSV or Parquet file with the data as it is" };
        var share = new Option<double>("--share") { Description = "The dataset drifted when at least this share of its columns did", DefaultValueFactory = _ => 0.5 };
        var correction = new Option<string>("--correction") { Description = "For many columns: none, bonferroni or benjamini-hochberg", DefaultValueFactory = _ => "none" };
        correction.OneOf("none", "bonferroni", "benjamini-hochberg");
        var defaultOnly = new Option<bool>("--default-tests-only") { Description = "Only the default test of each column, which is much faster on large files" };
        var fail = new Option<bool>("--fail-on-drift") { Description = "Exit code 1 when the dataset drifted" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("drift", "Compares two CSV or Parquet files column by column and says which columns drifted.")
        {
            Examples = [new("slipway drift last-month.csv this-month.csv", "a table"), new("slipway drift a.parquet b.parquet --output json --fail-on-drift", "for a script")],
        };
        verb.Arguments.Add(reference);
        verb.Arguments.Add(current);
        foreach (var option in (Option[])[share, correction, defaultOnly, fail, output])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var profiler = cli.Host.LocalTool<IFileProfiler>();
            if (!(await profiler.ReadAsync(cli.PathOf(parse.GetRequiredValue(reference)), cancellation)).TryGet(out var before, out var problem) ||
                !(await profiler.ReadAsync(cli.PathOf(parse.GetRequiredValue(current)), cancellation)).TryGet(out var after, out problem))
            {
                return problem;
            }

            var options = new DriftOptions(parse.GetValue(share), parse.GetRequiredValue(correction), !parse.GetValue(defaultOnly));
            if (!cli.Host.LocalTool<IDriftComparer>().Compare(before, after, options).TryGet(out var report, out problem))
            {
                return problem;
            }

            cli.Print(report, parse.GetValue(output), () => Table(report));
            return parse.GetValue(fail) && report["dataset"]?["drifted"]?.GetValue<bool>() == true ? ExitCodes.Failed : ExitCodes.Ok;
        });
    }

    private static string Table(JsonObject report)
    {
        var table = new TextTable("COLUMN", "KIND", "TEST", "STATISTIC", "P-VALUE", "DRIFTED").AlignRight(3, 4);
        foreach (var column in (report["columns"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = column["default"]?.ToString();
            var test = (column["tests"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(t => t["test"]?.ToString() == name);
            table.Add(
                JsonText.Cell(column["column"]), JsonText.Cell(column["kind"]), name ?? "", Figure(test?["statistic"]), Figure(test?["pValue"]),
                column["drifted"]?.GetValue<bool>() == true ? "yes" : "no");
        }

        var dataset = report["dataset"];
        return $"{table}\n{Figure(dataset?["share"])} of the columns drifted: the dataset {(dataset?["drifted"]?.GetValue<bool>() == true ? "drifted" : "did not drift")}\n";
    }

    private static string Figure(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number.ToString("G4", CultureInfo.InvariantCulture) : "-";
}
