using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Archives;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway export mlflow</c>: writes a namespace as an MLflow store.</summary>
internal static class ExportVerb
{
    public static Command Create(CliContext cli)
    {
        var target = new Argument<string>("TARGET") { Description = "A new mlruns folder, or a new SQLite file when it ends in .db" };
        var server = CommonOptions.Server();
        var ns = CommonOptions.Namespace();
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var mlflow = new Verb("mlflow", "Writes experiments, runs, logged models and the registry as a store that MLflow opens, with their files.")
        {
            Examples =
            [
                new("slipway export mlflow ./mlruns", "a folder"),
                new("slipway export mlflow backup/mlflow.db", "a database, with the files in backup/mlflow-artifacts"),
            ],
            Notes = "MLflow brings the database up to its own schema when it opens it.",
        };
        mlflow.Arguments.Add(target);
        foreach (var option in (Option[])[server, ns, output])
        {
            mlflow.Options.Add(option);
        }

        mlflow.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var wrong))
            {
                return cli.Usage(wrong);
            }

            using (client)
            {
                var path = cli.PathOf(parse.GetRequiredValue(target));
                if (!(await cli.Host.LocalTool<IMlflowArchives>().CreateAsync(path, cancellation)).TryGet(out var writer, out var problem))
                {
                    return problem;
                }

                await using (writer)
                {
                    var progress = new ImportProgress(cli.Error, cli.Time, 0);
                    try
                    {
                        return (await new ArchiveExport(writer, client.Archives, parse.GetRequiredValue(ns), progress).RunAsync(cancellation)).TryGet(out _, out problem)
                            ? cli.Print(Report(path, progress), parse.GetValue(output), () => Sentence(path, progress))
                            : problem;
                    }
                    catch (ProblemException broken)
                    {
                        return broken.Problem;
                    }
                }
            }
        });

        var verb = new Verb("export", "Writes what a server keeps in another tool's form.");
        verb.Subcommands.Add(mlflow);
        return verb;
    }

    private static JsonObject Report(string path, ImportProgress progress) => new()
    {
        ["target"] = path,
        ["runs"] = progress.Runs,
        ["points"] = progress.Points,
        ["files"] = progress.Files,
        ["bytes"] = progress.Bytes,
        ["leftElsewhere"] = progress.Elsewhere,
    };

    private static string Sentence(string path, ImportProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $"exported {progress.Runs} runs, {progress.Points} metric points and {progress.Files} files to {path}\n");
}
