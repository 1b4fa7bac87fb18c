using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary>
/// <c>slipway/register</c>: records the training as a tracking run, registers the model version with its full lineage, and puts it forward: as champion
/// when there is none, else as challenger for the promotion policy to try. A former version is put forward as it is. Outputs version, alias, run.
/// </summary>
internal sealed class Register(IModelRegistry registry, IRunRecorder tracking, TimeProvider time) : IPipelineComponent
{
    private const string Actor = "pipeline:retrain";

    public string Name => "slipway/register";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (!ComponentInputs.Subject(context.Inputs).TryGet(out var subject, out var problem))
        {
            return problem;
        }

        if (context.Inputs["training"] is not JsonObject training || context.Inputs["evaluation"] is not JsonObject evaluation)
        {
            return Problem.Invalid("training, evaluation: are required");
        }

        var champion = await registry.GetAliasAsync(context.Namespace, subject.Model, "champion", cancellation);
        var run = RunIdOf(context.RunId);
        var version = 0;
        if (ComponentInputs.Text(context.Inputs, "choice") is { } choice && choice != "challenger")
        {
            version = int.Parse(choice, CultureInfo.InvariantCulture);
        }
        else
        {
            if (!(await TrackAsync(context, subject, run, training, evaluation, cancellation)).TryGet(out _, out problem)
                || !(await registry.RegisterAsync(Request(context, subject, run, training, evaluation, champion?.Version), cancellation)).TryGet(out var registered, out problem))
            {
                return problem;
            }

            version = registered.Version;
        }

        var alias = champion?.Version is null || champion.Version == version ? "champion" : "challenger";
        var why = ComponentInputs.Text(context.Inputs, "why") ?? "";
        var assigned = await registry.SetAliasAsync(context.Namespace, subject.Model, alias, version, Actor, why, cancellation);
        return assigned.Select(_ => new JsonObject { ["version"] = version, ["alias"] = alias, ["run"] = run });
    }

    private static RegisterModelVersion Request(
        ComponentContext context, Subject subject, string run, JsonObject training, JsonObject evaluation, int? parent) =>
        new(context.Namespace, subject.Model, (string)training["artifact"]!, "onnx", $"pipeline-run:{context.RunId}")
        {
            Lineage = new ModelLineage
            {
                Datasets = [ComponentInputs.Text(context.Inputs, "dataset") ?? ""],
                PipelineRun = context.RunId,
                Run = run,
                CodeCommit = CodeCommit,
                ParentVersion = parent,
                Reason = ComponentInputs.Text(context.Inputs, "reason"),
            },
            Inputs = ModelSignature.Read(training, "inputs"),
            Outputs = ModelSignature.Read(training, "outputs"),
            Parameters = Parameters(training),
            Metrics = MetricsOf(evaluation),
            Tags = Environment(training),
            Author = Actor,
            Description = $"{(string?)training["algorithm"]} on {(string?)training["window"]}: {(int?)training["rows"]} rows, {Day(training, "from")} to {Day(training, "until")}",
        };

    private async Task<Result<Unit>> TrackAsync(
        ComponentContext context, Subject subject, string run, JsonObject training, JsonObject evaluation, CancellationToken cancellation)
    {
        var tags = new Dictionary<string, string>(Environment(training))
        {
            ["slipway.pipelineRun"] = context.RunId,
            ["slipway.dataset"] = ComponentInputs.Text(context.Inputs, "dataset") ?? "",
            ["slipway.reason"] = ComponentInputs.Text(context.Inputs, "reason") ?? "",
            ["mlflow.source.git.commit"] = CodeCommit,
        };
        if (!(await tracking.StartAsync(new RunStart(context.Namespace, subject.Model, run, $"retrain-{context.RunId}") { Tags = tags }, cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var now = time.GetUtcNow();
        var logged = await tracking.LogAsync(
            context.Namespace, run, Parameters(training), [.. MetricsOf(evaluation).Select(m => new RunMetric(m.Key, m.Value, 0, now))], cancellation);
        return logged.TryGet(out _, out problem) ? await tracking.FinishAsync(context.Namespace, run, RunStatus.Finished, cancellation) : problem;
    }

    private static string? Day(JsonObject training, string name) => ((string?)training[name])?[..10];

    private static Dictionary<string, string> Parameters(JsonObject training)
    {
        var parameters = (training["parameters"] as JsonObject ?? []).ToDictionary(p => p.Key, p => p.Value?.ToString() ?? "");
        foreach (var name in new[] { "algorithm", "window", "from", "until", "rows" })
        {
            parameters[name] = training[name]?.ToString() ?? "";
        }

        return parameters;
    }

    private static Dictionary<string, double> MetricsOf(JsonObject evaluation) =>
        (evaluation["metrics"] as JsonObject ?? []).ToDictionary(m => m.Key, m => (double)m.Value!);

    private static Dictionary<string, string> Environment(JsonObject training) => new()
    {
        ["slipway.version"] = typeof(Register).Assembly.GetName().Version?.ToString(3) ?? "",
        ["slipway.runtime"] = RuntimeInformation.FrameworkDescription,
        ["slipway.os"] = RuntimeInformation.OSDescription,
        ["slipway.cores"] = System.Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        ["slipway.trainingSeconds"] = training["seconds"]?.ToString() ?? "",
    };

    /// <summary>The commit this server was built from: the part of the informational version after the plus sign.</summary>
    private static string CodeCommit { get; } =
        typeof(Register).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, var commit] ? commit : "";

    /// <summary>The tracking run of a pipeline run: always the same, in MLflow's form of 32 hex characters.</summary>
    private static string RunIdOf(string pipelineRun) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pipelineRun)))[..32];
}
