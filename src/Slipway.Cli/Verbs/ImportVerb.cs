using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Archives;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Contracts.Tracking.Ports;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway import mlflow</c>: brings an MLflow store to a server.</summary>
internal static class ImportVerb
{
    public static Command Create(CliContext cli)
    {
        var source = new Argument<string>("SOURCE") { Description = "mlruns folder, SQLite file, or postgresql://user:password@host/database" };
        var artifacts = new Option<string?>("--artifacts") { Description = "Folder where the MLflow server kept its artifacts (default: mlartifacts beside SOURCE)", HelpName = "DIR" };
        var workspace = new Option<string?>("--workspace") { Description = "Which of MLflow's workspaces (default: default)", HelpName = "NAME" };
        var server = CommonOptions.Server();
        var ns = CommonOptions.Namespace();
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var mlflow = new Verb("mlflow", "Imports experiments, runs, logged models and the registry of an MLflow store, with their files.")
        {
            Examples =
            [
                new("slipway import mlflow ./mlruns", "a folder"),
                new("slipway import mlflow mlflow.db --artifacts ./mlartifacts", "a database and the files that its server kept"),
                new("slipway import mlflow postgresql://mlflow:secret@db/mlflow --namespace team-a", "into a namespace"),
            ],
            Notes = "Run ids stay. An experiment with a name that the server has already is taken for the same one. What was imported is not sent again, so an import that was cut "
                + "short goes on when it is started again. SOURCE is only read. Files in stores that this machine does not see (s3://...) stay there.",
        };
        mlflow.Arguments.Add(source);
        foreach (var option in (Option[])[artifacts, workspace, server, ns, output])
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
                var from = parse.GetRequiredValue(source);
                var opened = await cli.Host.LocalTool<IMlflowArchives>().OpenAsync(
                    from.Contains("://", StringComparison.Ordinal) ? from : cli.PathOf(from), parse.GetValue(artifacts) is { } folder ? cli.PathOf(folder) : null,
                    parse.GetValue(workspace), cancellation);
                if (!opened.TryGet(out var archive, out var problem))
                {
                    return problem;
                }

                await using (archive)
                {
                    var sum = archive.Summary;
                    cli.Error.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{sum.Kind}: {sum.Experiments} experiments, {sum.Runs} runs, {sum.LoggedModels} logged models, {sum.Models} registered models, {sum.Versions} versions"));
                    var progress = new ImportProgress(cli.Error, cli.Time, sum.Runs);
                    var import = new ArchiveImport(archive, client.Archives, parse.GetRequiredValue(ns), progress);
                    return (await import.RunAsync(cancellation)).TryGet(out _, out problem)
                        ? cli.Print(Report(sum, progress), parse.GetValue(output), () => Sentence(progress))
                        : problem;
                }
            }
        });

        var verb = new Verb("import", "Brings what another tool has kept to a server.");
        verb.Subcommands.Add(mlflow);
        return verb;
    }

    private static JsonObject Report(ArchiveSummary sum, ImportProgress progress) => new()
    {
        ["source"] = sum.Kind,
        ["experiments"] = sum.Experiments,
        ["runs"] = progress.Runs,
        ["runsSent"] = progress.RunsSent,
        ["points"] = progress.Points,
        ["loggedModels"] = sum.LoggedModels,
        ["models"] = sum.Models,
        ["versions"] = sum.Versions,
        ["files"] = progress.Files,
        ["bytes"] = progress.Bytes,
        ["leftElsewhere"] = progress.Elsewhere,
    };

    private static string Sentence(ImportProgress progress)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"imported {progress.RunsSent} runs ({progress.Runs - progress.RunsSent} were here already), {progress.Points} metric points, {progress.Files} files\n");
        return progress.Elsewhere == 0 ? text : text + string.Create(CultureInfo.InvariantCulture, $"the files of {progress.Elsewhere} runs or models are not on this machine and stay where they are\n");
    }
}
