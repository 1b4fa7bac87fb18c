using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Client.Resources;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway deploy models:/churn@champion</c>: makes or changes the InferenceService, and says where it answers.</summary>
internal static partial class DeployVerb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <param name="Canary">Null gives the new version everything.</param>
    private sealed record Wanted(string Model, string Name, string Namespace, string Format, int? Canary);

    public static Command Create(CliContext cli)
    {
        var model = new Argument<string>("MODEL") { Description = "models:/NAME@ALIAS (follows the alias), models:/NAME/VERSION, file:///path, s3:// or http(s)://; a path alone when the server is on this machine" };
        var name = new Option<string?>("--name") { Description = "Name of the service; by default the model's, in lower case", HelpName = "NAME" };
        var canary = new Option<int?>("--canary") { Description = "Share of the requests in percent that the new version gets for now; without it, all", HelpName = "PERCENT" };
        var format = new Option<string?>("--format") { Description = "What the model is: onnx, mlflow, sklearn, xgboost, ...; by default what the registry knows, or what the file's ending says, else onnx", HelpName = "FORMAT" };
        var wait = new Option<bool>("--wait") { Description = "Come back when the new version answers, or with the reason why it cannot" };
        var timeout = new Option<int>("--timeout") { Description = "Seconds that --wait waits at most", DefaultValueFactory = _ => 120, HelpName = "SECONDS" };
        var (ns, server, output) = (CommonOptions.Namespace(), CommonOptions.Server(), CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml));
        var verb = new Verb("deploy", "Serves a model: makes or changes its InferenceService and prints where it answers.")
        {
            Examples =
            [
                new("slipway deploy models:/churn@champion", "serve it; a new champion is served as soon as the alias moves"),
                new("slipway deploy models:/churn/7 --name churn --canary 10 --wait", "10% to version 7, the rest as before"),
                new("slipway rollout promote churn", "all of it, once it is good"),
                new("slipway deploy churn.pkl", "a file or folder of this machine, when the server is on it too"),
                new("slipway deploy file:///models/ocr.onnx", "a file of the server's machine"),
                new("slipway deploy file:///models/own --format python", "a folder with a model.py: a class of your own"),
            ],
            Notes = "How new versions are rolled out by themselves, on live figures: apply a slipway.dev/v1 Rollout with the service's name.",
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[name, canary, format, wait, timeout, ns, server, output])
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
                var source = Located(parse.GetRequiredValue(model), client.Server);
                var service = parse.GetValue(name) ?? NameOf(source);
                if (service is null || (parse.GetValue(canary) is { } share && share is < 0 or > 100))
                {
                    return cli.Usage(service is null
                        ? Problem.Invalid($"'{source}' gives the service no name; say one with --name")
                        : Problem.Invalid("--canary: must be a percentage from 0 to 100"));
                }

                var wanted = new Wanted(source, service, parse.GetRequiredValue(ns), parse.GetValue(format) ?? FormatOf(source), parse.GetValue(canary));
                var limit = parse.GetValue(wait) ? TimeSpan.FromSeconds(parse.GetValue(timeout)) : (TimeSpan?)null;
                return (await DeployAsync(cli, client, wanted, limit, cancellation)).Select(told => cli.Print(told, parse.GetValue(output), () => Text(told)));
            }
        });
    }

    /// <summary>What is given, or where it is when it is a path that the server sees as well.</summary>
    private static string Located(string given, Uri server) =>
        server.IsLoopback && !given.Contains(':', StringComparison.Ordinal) && Path.Exists(given) ? new Uri(Path.GetFullPath(given)).AbsoluteUri : given;

    private static async Task<Result<JsonObject>> DeployAsync(CliContext cli, SlipwayClient client, Wanted wanted, TimeSpan? limit, CancellationToken cancellation)
    {
        if (!(await client.Kinds.FindAsync("inferenceservices.serving.kserve.io", cancellation)).TryGet(out var type, out var problem))
        {
            return problem;
        }

        var applied = await client.Resources.ApplyAsync(
            type, wanted.Namespace, wanted.Name, Manifest(wanted), new ApplyOptions { FieldManager = "slipway-deploy", Force = true }, cancellation);
        if (!applied.TryGet(out var done, out problem))
        {
            return problem;
        }

        var service = done.Resource;
        if (limit is { } longest)
        {
            if (!(await UntilReadyAsync(cli, client, type, wanted, Generation(service["metadata"]), longest, cancellation)).TryGet(out service, out problem))
            {
                return problem;
            }
        }

        var at = wanted.Namespace == "default" ? "" : $"serving/{wanted.Namespace}/{wanted.Name}/";
        return new JsonObject
        {
            ["name"] = wanted.Name, ["namespace"] = wanted.Namespace, ["created"] = done.Created, ["ready"] = limit is not null,
            // Before the server has looked, the status is that of what was asked for before.
            ["modelVersion"] = limit is null ? null : service["status"]?["observedModelVersion"]?.DeepClone(), ["traffic"] = limit is null ? null : service["status"]?["traffic"]?.DeepClone(),
            ["url"] = $"{client.Server.ToString().TrimEnd('/')}/{at}v2/models/{wanted.Name}/infer",
        };
    }

    /// <summary>The service once it is ready, or why it is not: a fault that it tells of is not waited out.</summary>
    private static async Task<Result<JsonObject>> UntilReadyAsync(
        CliContext cli, SlipwayClient client, ResourceType type, Wanted wanted, long generation, TimeSpan limit, CancellationToken cancellation)
    {
        var started = cli.Time.GetTimestamp();
        while (true)
        {
            if (!(await client.Resources.GetAsync(type, wanted.Namespace, wanted.Name, cancellation)).TryGet(out var service, out var problem))
            {
                return problem;
            }

            var isSeen = service["status"]?["observedGeneration"] is JsonValue seen && seen.GetValue<long>() >= generation;
            if (isSeen && Resources.Condition(service, "Ready") == "True")
            {
                return service;
            }

            if (isSeen && Resources.Condition(service, "Ready") == "False")
            {
                // Where another version goes on answering, the reason says so, and nobody should be told to take that one away.
                var answers = service["status"]?["traffic"] is JsonArray { Count: > 0 };
                var next = answers ? "" : $"; the server tries again by itself, `slipway delete inferenceservice {wanted.Name}` ends that";
                return new Problem(ProblemCode.Unavailable, $"{wanted.Name} cannot serve {wanted.Model} as {wanted.Format}: {Resources.Why(service) ?? "see its conditions"}{next}");
            }

            if (cli.Time.GetElapsedTime(started) >= limit)
            {
                return new Problem(ProblemCode.DeadlineExceeded, $"{wanted.Name} was not ready within {limit.TotalSeconds:0} s; slipway describe inferenceservice {wanted.Name} says more");
            }

            await Task.Delay(Pause, cli.Time, cancellation);
        }
    }

    private static JsonObject Manifest(Wanted wanted)
    {
        var predictor = new JsonObject
        {
            ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = wanted.Format }, ["storageUri"] = wanted.Model },
        };
        if (wanted.Canary is { } percent)
        {
            predictor["canaryTrafficPercent"] = percent;
        }

        return new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService",
            ["metadata"] = new JsonObject { ["name"] = wanted.Name, ["namespace"] = wanted.Namespace }, ["spec"] = new JsonObject { ["predictor"] = predictor },
        };
    }

    /// <summary>A name that a service may have, from the model's; null when nothing of it is left.</summary>
    private static string? NameOf(string model)
    {
        var path = model.StartsWith("models:/", StringComparison.Ordinal) ? model["models:/".Length..].TrimStart('/').Split('@', '/')[0] : Path.GetFileNameWithoutExtension(model.TrimEnd('/'));
        var name = NotInNames().Replace(path.ToLowerInvariant(), "-").Trim('-');
        return name.Length is > 0 and <= 63 ? name : null;
    }

    /// <summary>The registry knows what its models are; a file's ending says it mostly.</summary>
    private static string FormatOf(string model) => model.StartsWith("models:", StringComparison.Ordinal) ? "mlflow"
        : OnAnotherServer().IsMatch(model) ? "remote"
        : Path.GetExtension(model).ToLowerInvariant() switch
        {
            ".pkl" or ".joblib" => "sklearn",
            ".ubj" or ".xgb" or ".bst" => "xgboost",
            ".lgb" => "lightgbm",
            ".pt" or ".pth" => "pytorch",
            _ => "onnx",
        };

    private static long Generation(JsonNode? metadata) => metadata?["generation"]?.GetValue<long>() ?? 0;

    private static string Text(JsonObject told)
    {
        var shares = (told["traffic"] as JsonArray ?? []).OfType<JsonObject>().Where(s => s["percent"]?.GetValue<int>() > 0)
            .Select(s => $"version {JsonText.Cell(s["modelVersion"])} {JsonText.Cell(s["percent"])}%").ToArray();
        var state = told["ready"]!.GetValue<bool>() ? $"ready: {string.Join(", ", shares)}" : told["created"]!.GetValue<bool>() ? "created" : "configured";
        var next = told["ready"]!.GetValue<bool>() ? "" : $"; `slipway wait inferenceservice {JsonText.Cell(told["name"])} --for condition=Ready` comes back when it answers";
        return $"inferenceservice/{JsonText.Cell(told["name"])} {state}{next}\n{JsonText.Cell(told["url"])}\n";
    }

    [GeneratedRegex("^https?://[^/]+/v[12]/models/", RegexOptions.CultureInvariant)]
    private static partial Regex OnAnotherServer();

    [GeneratedRegex("[^a-z0-9-]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotInNames();
}
