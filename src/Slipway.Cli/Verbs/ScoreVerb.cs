using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway score</c>: a file in, the file with predictions out. The data stays here and goes to the server in batches.</summary>
internal static class ScoreVerb
{
    public static Command Create(CliContext cli)
    {
        var model = new Argument<string>("MODEL") { Description = "Registered model: models:/NAME@ALIAS or models:/NAME/VERSION" };
        var input = new Argument<string>("IN") { Description = "CSV or Parquet file whose columns are named as the model's inputs" };
        var output = new Argument<string>("OUT") { Description = "CSV or Parquet file to write; replaced in one step when all is scored" };
        var id = new Option<string?>("--id") { Description = "Keep only this column beside the predictions, instead of all", HelpName = "COLUMN" };
        var features = new Option<string?>("--features") { Description = "Columns in order, separated by commas, for a model that takes them as one input", HelpName = "LIST" };
        var name = new Option<string>("--prediction-column") { Description = "Name of the new column", HelpName = "NAME", DefaultValueFactory = _ => "prediction" };
        var batch = new Option<int>("--batch-rows") { Description = "Rows per batch", HelpName = "N", DefaultValueFactory = _ => 8192 };
        var restart = new Option<bool>("--restart") { Description = "Begin anew instead of going on where an earlier run ended" };
        var patience = new Option<double>("--retry-for") { Description = "Seconds to wait for a server that is away or busy, per batch", HelpName = "SECONDS", DefaultValueFactory = _ => 60 };
        var server = CommonOptions.Server();
        var ns = CommonOptions.Namespace();
        var format = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("score", "Scores a CSV or Parquet file with a registered model, in bounded memory; killed, it goes on where it was.")
        {
            Examples =
            [
                new("slipway score models:/churn@champion customers.parquet scored.parquet", "all columns, and prediction and probabilities beside them"),
                new("slipway score models:/churn/3 customers.csv scored.csv --id customer_id", "one column to join by, and the predictions"),
            ],
            Notes = "What is scored so far is kept in OUT.scoring beside the output; the same command goes on from there, with the same version of the model.",
        };
        foreach (var argument in (Argument<string>[])[model, input, output])
        {
            verb.Arguments.Add(argument);
        }

        foreach (var option in (Option[])[id, features, name, batch, restart, patience, server, ns, format])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var rows = parse.GetValue(batch);
            if (rows is < 1 or > 1_000_000)
            {
                return cli.Usage(Problem.Invalid([new Fault("--batch-rows", $"{rows} is not a number from 1 to 1000000")]));
            }

            using var interrupts = new Interrupts(cancellation);
            if (!cli.ServerOf(parse.GetValue(server)).TryGet(out var address, out var wrong))
            {
                return cli.Usage(wrong);
            }

            using var client = cli.ConnectTo(address);
            var (reference, space) = (parse.GetRequiredValue(model), parse.GetRequiredValue(ns));
            var job = new BatchScoringJob(cli.PathOf(parse.GetRequiredValue(input)), cli.PathOf(parse.GetRequiredValue(output)), reference)
            {
                Id = parse.GetValue(id),
                Features = parse.GetValue(features)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                PredictionColumn = parse.GetRequiredValue(name),
                BatchRows = rows,
                Restart = parse.GetValue(restart),
            };
            var patient = TimeSpan.FromSeconds(Math.Clamp(parse.GetValue(patience), 0, 86_400));
            var told = new ScoreProgress(cli);
            try
            {
                var scored = await cli.Host.LocalTool<IBatchScorer>().RunAsync(
                    job,
                    async (pinned, token) => (await client.Scoring.FindAsync(space, pinned ?? reference, token)).Select(found =>
                    {
                        told.Begin(found.Reference);
                        return (IBatchModel)new RemoteBatchModel(client.Scoring, space, found, patient, cli.Time, told.Wait);
                    }),
                    told.Report,
                    interrupts.Token);
                return scored.TryGet(out var report, out var problem) ? cli.Print(Json(report), parse.GetValue(format), () => Text(report)) : problem;
            }
            catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
            {
                await cli.Error.WriteLineAsync($"interrupted; the same command goes on from here (so far in {job.Output}.scoring)");
                return ExitCodes.Interrupted;
            }
        });
    }

    private static JsonObject Json(BatchReport report) => new()
    {
        ["output"] = report.Output,
        ["rows"] = report.Rows,
        ["resumedRows"] = report.Resumed,
        ["model"] = report.Model,
        ["columns"] = new JsonArray([.. report.Columns.Select(c => JsonValue.Create(c))]),
    };

    private static string Text(BatchReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Rows:N0} rows scored by {report.Model}{(report.Resumed > 0 ? $", {report.Resumed:N0} of them by an earlier run" : "")}, in {report.Output}\n");
}
