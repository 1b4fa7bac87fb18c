using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway explain</c>: why an inference service predicts what it does.</summary>
internal static class ExplainVerb
{
    private static readonly string[] Methods = ["auto", "tree", "tree-path-dependent", "tree-interventional", "kernel", "permutation", "counterfactual"];

    public static Command Create(CliContext cli)
    {
        var service = new Argument<string>("MODEL") { Description = "Inference service" };
        var file = new Argument<string?>("FILE")
        {
            Description = "JSON with rows: a list, or the body of a :predict request; - reads standard input. Permutation needs none", Arity = ArgumentArity.ZeroOrOne,
        };
        var method = new Option<string>("--method", "-m") { Description = $"One of {string.Join(", ", Methods)}", HelpName = "NAME", DefaultValueFactory = _ => "auto" };
        method.OneOf(Methods);
        var background = new Option<string?>("--background") { Description = "JSON file with the rows to explain against; else the service's own", HelpName = "FILE" };
        var dataset = new Option<string?>("--background-dataset") { Description = "Dataset to draw the rows to explain against from", HelpName = "NAME[:VERSION]" };
        var label = new Option<string?>("--class") { Description = "Class to explain, or all; else the predicted one", HelpName = "LABEL" };
        var wanted = new Option<string?>("--wanted") { Description = "Counterfactual: the class to reach, or MIN..MAX for a number, either bound may be left out", HelpName = "OUTCOME" };
        var immutable = new Option<string?>("--immutable") { Description = "Counterfactual: features that must not change, separated by commas", HelpName = "LIST" };
        var seed = new Option<long>("--seed") { Description = "The same seed gives the same explanation", HelpName = "N" };
        var top = new Option<int>("--top") { Description = "Features to show per row", HelpName = "N", DefaultValueFactory = _ => 10 };
        var server = CommonOptions.Server();
        var ns = CommonOptions.Namespace();
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("explain", "Says how much each feature contributed to a prediction, what a model lives on, or what would change its answer.")
        {
            Examples =
            [
                new("slipway explain churn rows.json", "contributions per feature: exact for trees, Kernel SHAP for other models"),
                new("slipway explain churn --method permutation", "which features the model lives on, by the labelled predictions of its log"),
                new("slipway explain churn rows.json --method counterfactual --wanted stays --immutable age", "the smallest change that would change the answer"),
            ],
        };
        verb.Arguments.Add(service);
        verb.Arguments.Add(file);
        foreach (var option in (Option[])[method, background, dataset, label, wanted, immutable, seed, top, server, ns, output])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var asked = parse.GetRequiredValue(method);
            if (parse.GetValue(file) is null && asked != "permutation")
            {
                return cli.Usage(Problem.Invalid("FILE: is missing; name a JSON file with the rows to explain (only --method permutation needs none)"));
            }

            if (parse.GetValue(wanted) is null && asked == "counterfactual")
            {
                return cli.Usage(Problem.Invalid("--wanted: is missing; a counterfactual needs the class to reach, or MIN..MAX for a number"));
            }

            if (!(await BodyAsync(cli, parse.GetValue(file), cancellation)).TryGet(out var body, out var problem))
            {
                return problem;
            }

            var parameters = body["parameters"] as JsonObject ?? [];
            body["parameters"] = parameters;
            parameters["method"] = asked;
            parameters["seed"] = parse.GetValue(seed);
            if (parse.GetValue(background) is { } rows)
            {
                if (!(await BodyAsync(cli, rows, cancellation)).TryGet(out var given, out problem))
                {
                    return problem;
                }

                parameters["background"] = given["instances"]?.DeepClone();
            }

            Put(parameters, "background_dataset", parse.GetValue(dataset));
            Put(parameters, "class", parse.GetValue(label));
            if (parse.GetValue(immutable) is { } names)
            {
                parameters["immutable"] = new JsonArray([.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(n => JsonValue.Create(n))]);
            }

            if (parse.GetValue(wanted) is { } outcome)
            {
                parameters["wanted"] = Wanted(outcome);
            }

            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var answered = await client.Explanations.ExplainAsync(parse.GetRequiredValue(ns), parse.GetRequiredValue(service), body, cancellation);
                return answered.TryGet(out var answer, out problem)
                    ? cli.Print(answer, parse.GetValue(output), () => ExplainText.Of(answer, parse.GetValue(top)))
                    : problem;
            }
        });
    }

    /// <summary>A list of rows is the instances; an object is a request as it stands.</summary>
    private static async Task<Result<JsonObject>> BodyAsync(CliContext cli, string? file, CancellationToken cancellation)
    {
        if (file is null)
        {
            return new JsonObject();
        }

        try
        {
            await using var stream = file == "-" ? cli.OpenInput() : File.OpenRead(cli.PathOf(file));
            return await JsonNode.ParseAsync(stream, cancellationToken: cancellation) switch
            {
                JsonArray rows => new JsonObject { ["instances"] = rows },
                JsonObject body => body,
                _ => Problem.Invalid($"{file}: must hold a list of rows, or an object with instances"),
            };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return Problem.Invalid($"{file} cannot be read: {fault.Message}");
        }
    }

    private static JsonObject Wanted(string outcome)
    {
        var dots = outcome.IndexOf("..", StringComparison.Ordinal);
        if (dots >= 0 && Bound(outcome[..dots], out var min) && Bound(outcome[(dots + 2)..], out var max) && (min ?? max) is not null)
        {
            var range = new JsonObject();
            if (min is not null)
            {
                range["min"] = min;
            }

            if (max is not null)
            {
                range["max"] = max;
            }

            return range;
        }

        return new JsonObject { ["class"] = outcome };
    }

    private static bool Bound(string text, out double? bound)
    {
        bound = null;
        if (text.Length == 0)
        {
            return true;
        }

        var read = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value);
        bound = read ? value : null;
        return read;
    }

    private static void Put(JsonObject parameters, string name, string? value)
    {
        if (value is not null)
        {
            parameters[name] = value;
        }
    }
}
