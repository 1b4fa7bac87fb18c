using System.CommandLine;
using Slipway.Cli.Output;
using Slipway.Cli.Pipelines;
using Slipway.Cli.Runs;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway run</c>: a pipeline, from a file to its outputs.</summary>
internal static class RunVerb
{
    public static Command Create(CliContext cli)
    {
        var file = new Argument<string>("PIPELINE.yaml") { Description = "A pipeline: the YAML that the Kubeflow Pipelines SDK compiles, a .zip or .tar.gz with it, or Slipway's short form" };
        var parameters = new Option<string[]>("--parameter", "-p") { Description = "A parameter's value; may be given several times", HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = false };
        var watch = new Option<bool>("--watch", "-w") { Description = "Show what the steps do while they do it" };
        var name = new Option<string?>("--name") { Description = "What the run is called", HelpName = "NAME" };
        var noCache = new Option<bool>("--no-cache") { Description = "Take no result from earlier runs" };
        var failFast = new Option<bool>("--fail-fast") { Description = "Start nothing further after a failure; by default everything runs that does not depend on it" };
        var parallel = new Option<int?>("--max-parallel") { Description = "Steps that run at once at most", HelpName = "N" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("run", "Runs a pipeline and waits for its end; the exit code is 0 only when it succeeded.")
        {
            Examples =
            [
                new("slipway run pipeline.yaml -p rate=0.1 --watch", "with a parameter, showing its progress"),
                new("slipway run package.zip --output json", "prints the run with its outputs as JSON at its end"),
                new("slipway run pipeline.yaml --no-cache --fail-fast", "all steps anew, up to the first failure"),
            ],
        };
        verb.Arguments.Add(file);
        foreach (var option in (Option[])[parameters, watch, name, noCache, failFast, parallel, output, ns, server])
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
                if (parse.GetValue(parallel) is < 1)
                {
                    return cli.Usage(Problem.Invalid([new Fault("--max-parallel", "must be at least 1")]));
                }

                if (!(await PipelineSourceFile.ReadAsync(cli, parse.GetRequiredValue(file), cancellation)).Then(PipelineChecks.Require).TryGet(out var source, out problem))
                {
                    return cli.Usage(problem);
                }

                var pipeline = new RunPipeline(source.Spec);
                if (!pipeline.Bind(parse.GetValue(parameters) ?? []).TryGet(out var given, out problem))
                {
                    return cli.Usage(problem);
                }

                var request = new RunRequest(
                    parse.GetRequiredValue(ns), pipeline, given, parse.GetValue(name), parse.GetValue(noCache), parse.GetValue(failFast), parse.GetValue(parallel));
                var format = parse.GetValue(output);
                return await new PipelineRunCommand(
                    cli, client, request, parse.GetValue(watch), format != OutputFormat.Table, run => cli.Print(run, format, () => RunText.Summary(run))).RunAsync(cancellation);
            }
        });
    }
}
