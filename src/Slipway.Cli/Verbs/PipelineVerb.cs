using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Pipelines;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Drawing;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway pipeline compile|lint|graph</c>: works on pipeline files, without a server.</summary>
internal static class PipelineVerb
{
    public static Command Create(CliContext cli)
    {
        var verb = new Verb("pipeline", "Compiles, checks and draws pipeline files: our short form, compiled Kubeflow pipelines, and packages of them. Needs no server.");
        verb.Subcommands.Add(Compile(cli));
        verb.Subcommands.Add(Lint(cli));
        verb.Subcommands.Add(Graph(cli));
        return verb;
    }

    private static Verb Compile(CliContext cli)
    {
        var file = File();
        var to = new Option<string?>("--to") { Description = "Write here instead of to the terminal; .json writes JSON", HelpName = "FILE" };
        var output = CommonOptions.Output(OutputFormat.Yaml, OutputFormat.Json);
        var verb = new Verb("compile", "Compiles a pipeline to the Kubeflow Pipelines form, which any Kubeflow backend and SDK reads.")
        {
            Examples = [new("slipway pipeline compile pipeline.yaml --to compiled.yaml", "our short form to a file for kfp"), new("slipway pipeline compile package.zip --output json", "what is in a package")],
        };
        verb.Arguments.Add(file);
        verb.Options.Add(to);
        verb.Options.Add(output);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!(await PipelineSourceFile.ReadAsync(cli, parse.GetRequiredValue(file), cancellation)).Then(PipelineChecks.Require).TryGet(out var source, out var problem))
            {
                return PipelineSourceFile.Refuse(cli, problem);
            }

            var target = parse.GetValue(to);
            var json = target?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ?? parse.GetValue(output) == OutputFormat.Json;
            var text = json ? JsonText.Of(PipelineWriter.ToWire(source.Spec)) + "\n" : PipelineWriter.ToYaml(source.Spec);
            if (target is null)
            {
                await cli.Out.WriteAsync(text.AsMemory(), cancellation);
                return ExitCodes.Ok;
            }

            return (await AtomicFile.WriteAsync(cli.PathOf(target), text, null, cancellation)).Select(_ => ExitCodes.Ok);
        });
    }

    private static Verb Lint(CliContext cli)
    {
        var files = new Argument<string[]>("FILE") { Description = "Pipeline files", Arity = ArgumentArity.OneOrMore };
        var strict = new Option<bool>("--strict") { Description = "Exit code 1 for warnings, too" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("lint", "Finds what is wrong with pipelines before anything runs: circles, unknown inputs, wrong types, missing parameters, bad conditions.")
        {
            Examples = [new("slipway pipeline lint pipeline.yaml", "file:line:column: what is wrong"), new("slipway pipeline lint *.yaml --output json --strict", "for a script")],
        };
        verb.Arguments.Add(files);
        verb.Options.Add(strict);
        verb.Options.Add(output);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var findings = new List<Finding>();
            foreach (var name in parse.GetRequiredValue(files))
            {
                findings.AddRange((await PipelineSourceFile.ReadAsync(cli, name, cancellation)).TryGet(out var source, out var problem)
                    ? PipelineChecks.Of(source)
                    : PipelineSourceFile.FindingsOf(problem, name));
            }

            var json = new JsonObject
            {
                ["findings"] = new JsonArray([.. findings.Select(f => new JsonObject
                {
                    ["level"] = f.IsError ? "error" : "warning",
                    ["file"] = f.File,
                    ["line"] = f.Line,
                    ["column"] = f.Column,
                    ["path"] = f.Path,
                    ["message"] = f.Message,
                })]),
                ["errors"] = findings.Count(f => f.IsError),
                ["warnings"] = findings.Count(f => !f.IsError),
            };
            cli.Print(json, parse.GetValue(output), () => Lines(findings));
            return findings.Any(f => f.IsError || parse.GetValue(strict)) ? ExitCodes.Failed : ExitCodes.Ok;
        });
    }

    private static Verb Graph(CliContext cli)
    {
        var file = File();
        var svg = new Option<string?>("--svg") { Description = "Write the picture here", HelpName = "FILE" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("graph", "Draws a pipeline: as text, or as an SVG picture.")
        {
            Examples = [new("slipway pipeline graph pipeline.yaml", "a tree of tasks with what each waits for"), new("slipway pipeline graph pipeline.yaml --svg pipeline.svg", "a picture")],
        };
        verb.Arguments.Add(file);
        verb.Options.Add(svg);
        verb.Options.Add(output);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!(await PipelineSourceFile.ReadAsync(cli, parse.GetRequiredValue(file), cancellation)).TryGet(out var source, out var problem))
            {
                return PipelineSourceFile.Refuse(cli, problem);
            }

            var nodes = GraphLayout.Of(source.Spec);
            if (parse.GetValue(svg) is { } target && !(await AtomicFile.WriteAsync(cli.PathOf(target), GraphSvg.Of(nodes, source.Spec.Info.Name), null, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }

            return cli.Print(
                new JsonObject { ["pipeline"] = source.Spec.Info.Name, ["tasks"] = new JsonArray([.. nodes.Select(Json)]) }, parse.GetValue(output),
                () => $"{source.Spec.Info.Name}\n{GraphText.Of(nodes)}");
        });
    }

    private static Argument<string> File() => new("FILE") { Description = "Pipeline: our short form, compiled YAML or JSON, .zip or .tar.gz; - for standard input" };

    private static string Lines(IReadOnlyList<Finding> findings)
    {
        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            var place = finding.Line > 0 ? $"{finding.File}:{finding.Line}:{Math.Max(1, finding.Column)}: " : finding.File.Length > 0 ? $"{finding.File}: " : "";
            text.Append(place).Append(finding.IsError ? "error: " : "warning: ").Append(finding.Path.Length > 0 ? finding.Path + ": " : "").Append(finding.Message).Append('\n');
        }

        return text.Append(findings.Count == 0 ? "nothing wrong\n" : $"{findings.Count(f => f.IsError)} errors, {findings.Count(f => !f.IsError)} warnings\n").ToString();
    }

    private static JsonObject Json(GraphNode node) => new()
    {
        ["name"] = node.Name,
        ["path"] = node.Path,
        ["kind"] = node.Kind,
        ["level"] = node.Level,
        ["upstream"] = new JsonArray([.. node.Upstream.Select(u => (JsonNode)u)]),
        ["notes"] = new JsonArray([.. node.Notes.Select(n => (JsonNode)n)]),
        ["tasks"] = new JsonArray([.. node.Inside.Select(Json)]),
    };
}
