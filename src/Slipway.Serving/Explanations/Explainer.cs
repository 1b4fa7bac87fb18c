using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Explanations.Background;
using Slipway.Serving.Explanations.Methods;
using Slipway.Serving.Explanations.Rows;
using Slipway.Serving.Explanations.Trees;
using Slipway.Serving.Feedback;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Explanations;

/// <summary>Explains rows with the method asked for, or the best that the model allows.</summary>
internal sealed class Explainer(
    TreeModels trees, BackgroundSource backgrounds, ExplanationStore log, LogFlush flush, ExplanationGate gate, IEnumerable<IQualityMetrics> metrics, ExplanationOptions options)
{
    /// <summary>2^12 coalitions of 12 features with each are 200,000 model rows.</summary>
    private const int KernelBackground = 50;

    private const int PermutationRows = 2000;

    private const string NoBackground =
        "There is nothing to explain against: let the service answer predictions first (its prediction log is used then), or send rows in \"background\" or name a \"background_dataset\" (slipway explain --background FILE, --background-dataset NAME)";

    public async Task<Result<ExplainedAnswer>> ExplainAsync(ServiceRoute route, LoadedRevision revision, InferenceRequest? request, ExplainSettings settings, CancellationToken cancellation)
    {
        if (!(await gate.EnterAsync(cancellation)).TryGet(out var turn, out var problem))
        {
            return problem;
        }

        using (turn)
        {
            if (!revision.Model.TryAcquire())
            {
                return Problem.Unavailable($"Model '{route.Name}' is being replaced", TimeSpan.FromSeconds(1));
            }

            try
            {
                // Off the server's request threads: much of it computes without a pause.
                return await Task.Run(() => ExplainAcquiredAsync(route, revision, request, settings, cancellation), cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return new Problem(ProblemCode.Internal, $"The explanation failed: {e.Message}");
            }
            finally
            {
                revision.Model.Release();
            }
        }
    }

    private async Task<Result<ExplainedAnswer>> ExplainAcquiredAsync(
        ServiceRoute route, LoadedRevision revision, InferenceRequest? request, ExplainSettings settings, CancellationToken cancellation)
    {
        var model = new ModelFunction(revision.Model, options.MaxEvaluations);
        if (settings.Method == ExplainMethod.Permutation)
        {
            return (await PermuteAsync(route, revision, model, settings, cancellation)).Select(ExplainedAnswer.Of);
        }

        if (request is null)
        {
            return Problem.Invalid($"The body has no rows to explain; only the method {ExplainSettings.NameOf(ExplainMethod.Permutation)} needs none");
        }

        if (request.Rows > options.MaxRows)
        {
            return new Problem(ProblemCode.TooLarge, $"{request.Rows} rows are more than the {options.MaxRows} that one request may have explained (Serving:Explanations:MaxRows)");
        }

        if (!FeatureSpace.Of(request, options.MaxFeatures).TryGet(out var space, out var problem)
            || !Players.Make(space, settings.Groups).TryGet(out var players, out problem)
            || !FeatureRows.From(request, space).TryGet(out var rows, out problem)
            || !(await model.RunAsync(rows, rows.Count, cancellation)).TryGet(out var answers, out problem))
        {
            return problem;
        }

        var asked = new Asked(route, revision, settings, model, space, players, rows, answers);
        if (settings.Method == ExplainMethod.Counterfactual)
        {
            return (await CounterfactualsAsync(asked, cancellation)).Select(ExplainedAnswer.Of);
        }

        string? note = null;
        if (settings.Method != ExplainMethod.Kernel)
        {
            var byTrees = await ByTreesAsync(asked, cancellation);
            if (byTrees.Succeeded || byTrees.Problem.Code != ProblemCode.Unsupported)
            {
                return byTrees.Select(ExplainedAnswer.Of);
            }

            if (settings.Method != ExplainMethod.Auto)
            {
                return Problem.Invalid($"method: {ExplainSettings.NameOf(settings.Method)} does not apply. {byTrees.Problem.Message}. Use kernel, or leave the method out");
            }

            note = byTrees.Problem.Message;
        }

        return (await ByKernelAsync(asked, note, cancellation)).Select(ExplainedAnswer.Of);
    }

    /// <summary>Unsupported, in words, when the model is none of trees, or none that can be told in terms of its inputs.</summary>
    private async Task<Result<Explained>> ByTreesAsync(Asked asked, CancellationToken cancellation)
    {
        if (!(await trees.FindAsync(asked.Revision.Revision.Digest, cancellation)).TryGet(out var model, out var problem))
        {
            return problem;
        }

        if (TreeMethod.Origins(model, asked.Space) is not { } origins)
        {
            return new Problem(ProblemCode.Unsupported, "A step before the trees mixes columns, or is not known");
        }

        var settings = asked.Settings;
        BackgroundRows? background = null;
        var given = settings.Background is not null || settings.BackgroundDataset is not null;
        if (given || model.Trees.Covers is null || settings.Method == ExplainMethod.TreeInterventional)
        {
            if (!(await BackgroundAsync(asked, ExplainSettings.MostBackgroundRows, cancellation)).TryGet(out background, out problem))
            {
                return problem;
            }

            if (background is null)
            {
                return Problem.Invalid(NoBackground);
            }
        }

        var made = TreeMethod.Run(
            model, origins, asked.Players, asked.Revision.Model.Roles, asked.Rows, background?.Rows, settings.Method == ExplainMethod.TreePathDependent, settings.Class, cancellation);
        return made.Select(outcome => new Explained(
            outcome.Method, outcome.Space, true, asked.Players.Names, asked.Answers.Classes, Rows(asked.Answers, outcome.Rows), background?.Used ?? new BackgroundUsed("training rows", 0), null));
    }

    private async Task<Result<Explained>> ByKernelAsync(Asked asked, string? note, CancellationToken cancellation)
    {
        if (!(await BackgroundAsync(asked, KernelBackground, cancellation)).TryGet(out var background, out var problem))
        {
            return problem;
        }

        if (background is null)
        {
            return Problem.Invalid(NoBackground);
        }

        var settings = asked.Settings;
        var target = Target.Of(asked.Answers, asked.Revision.Model.Model.Outputs[asked.Revision.Model.Roles.Prediction].Name);
        var made = await KernelMethod.RunAsync(
            asked.Model, asked.Rows, asked.Answers, background.Rows, asked.Players, target, new KernelSettings(settings.Class, settings.Samples, settings.Seed), cancellation);
        return made.Select(outcome => new Explained(
            "kernel", target.Space, outcome.Exact, asked.Players.Names, asked.Answers.Classes, Rows(asked.Answers, outcome.Rows), background.Used, note));
    }

    private async Task<Result<CounterfactualsMade>> CounterfactualsAsync(Asked asked, CancellationToken cancellation)
    {
        var settings = asked.Settings;
        if (settings.Wanted is not { } wanted || (wanted.Class is null) != (asked.Answers.Numbers is not null))
        {
            return Problem.Invalid(settings.Wanted is null
                ? "wanted: is missing; a counterfactual needs an outcome to reach: {\"class\": ...}, or {\"min\": number, \"max\": number}"
                : asked.Answers.Numbers is null ? "wanted: the model predicts classes; write {\"class\": ...}"
                : "wanted: the model predicts numbers; write {\"min\": number, \"max\": number}, or one of the two");
        }

        var immutable = new HashSet<int>();
        foreach (var name in settings.Immutable)
        {
            int[] columns = [.. Enumerable.Range(0, asked.Space.Columns).Where(c => asked.Space.Names[c] == name || asked.Players.Names[asked.Players.Of[c]] == name)];
            if (columns.Length == 0)
            {
                return Problem.Invalid($"immutable: '{name}' is not a feature; there are {string.Join(", ", asked.Players.Names.Take(20))}");
            }

            immutable.UnionWith(columns);
        }

        if (!(await BackgroundAsync(asked, ExplainSettings.MostBackgroundRows, cancellation)).TryGet(out var background, out var problem))
        {
            return problem;
        }

        if (background is null)
        {
            return Problem.Invalid(NoBackground);
        }

        var method = new CounterfactualMethod(asked.Model, background.Rows, immutable, wanted, settings.Seed);
        var found = new List<CounterfactualMethod.Outcome?>();
        for (var row = 0; row < asked.Rows.Count; row++)
        {
            if (method.IsMet(asked.Answers, row))
            {
                found.Add(null);
                continue;
            }

            if (!(await method.FindAsync(asked.Rows.Take([row]), cancellation)).TryGet(out var outcome, out problem))
            {
                return problem;
            }

            found.Add(outcome);
        }

        return new CounterfactualsMade(asked.Rows, asked.Answers, found, background.Used);
    }

    private async Task<Result<PermutationMade>> PermuteAsync(ServiceRoute route, LoadedRevision revision, ModelFunction model, ExplainSettings settings, CancellationToken cancellation)
    {
        if (metrics.FirstOrDefault() is not { } quality)
        {
            return Problem.Invalid("method: permutation needs quality metrics, which this server does not have");
        }

        if (!(await flush.RunAsync(cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var (from, until) = (settings.From ?? DateTimeOffset.UnixEpoch, settings.Until ?? new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var logged = await log.NewestLabelledAsync(route.Namespace, route.Name, from, until, PermutationRows, cancellation);
        if (logged.Count == 0)
        {
            return Problem.Invalid($"No prediction of '{route.Name}' has its true label yet; permutation importance needs feedback (POST .../inferenceservices/{route.Name}/feedback)");
        }

        var inputs = revision.Model.Model.Inputs;
        if (!SpaceOf(logged, inputs).TryGet(out var space, out problem) || !Players.Make(space, settings.Groups).TryGet(out var players, out problem))
        {
            return problem;
        }

        var (rows, places) = BackgroundSource.FromLog(logged, space, inputs);
        var most = (int)Math.Min(rows.Count, Math.Max(1, options.MaxEvaluations / (1 + ((long)players.Count * settings.Repeats))));
        var made = await PermutationMethod.RunAsync(
            model, rows.Take([.. Enumerable.Range(0, most)]), [.. places.Take(most).Select(p => (logged[p].LabelNumber, logged[p].LabelText))], players, quality, settings.Metric,
            settings.Repeats, settings.Seed, cancellation);
        return made.Select(outcome => new PermutationMade(players.Names, outcome));
    }

    /// <summary>The columns as the newest logged row that fits the model has them.</summary>
    private Result<FeatureSpace> SpaceOf(IReadOnlyList<LoggedInputs> logged, IReadOnlyList<Engines.Onnx.OnnxTensorSpec> inputs)
    {
        foreach (var row in logged)
        {
            using var document = System.Text.Json.JsonDocument.Parse($"[{row.Inputs}]");
            if (Natural.NaturalInputs.FromRows(document.RootElement, inputs, "log").TryGet(out var request, out _))
            {
                using (request)
                {
                    return FeatureSpace.Of(request, options.MaxFeatures);
                }
            }
        }

        return Problem.Invalid("No logged prediction with a label fits the inputs that the model has now");
    }

    private Task<Result<BackgroundRows?>> BackgroundAsync(Asked asked, int most, CancellationToken cancellation) => backgrounds.FindAsync(
        asked.Route.Namespace, asked.Route.Name, asked.Space, asked.Revision.Model.Model.Inputs, asked.Settings, most, cancellation);

    private static List<Explanation> Rows(ModelAnswers answers, IReadOnlyList<IReadOnlyList<ExplainedOutput>> outputs) =>
        [.. outputs.Select((o, row) => new Explanation(answers.Predictions[row], answers.Probabilities?[row], o))];

    private sealed record Asked(
        ServiceRoute Route, LoadedRevision Revision, ExplainSettings Settings, ModelFunction Model, FeatureSpace Space, Players Players, FeatureRows Rows, ModelAnswers Answers);
}
