using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Removal;

/// <summary>
/// <c>DELETE /api/slipway/v1/namespaces/{ns}/runs|logged-models|experiments/{id}?force=true</c>: for good, deleted before or not; 204. And
/// <c>POST ../tracking/collect?olderThan=30d</c>: all that was marked as deleted longer ago than that -> {experiments, runs, loggedModels, kept}.
/// </summary>
internal static class RemovalRoutes
{
    private const int AtATime = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var ours = routes.MapGroup("/api/slipway/v1/namespaces/{ns}");
        ours.MapDelete("/runs/{id}", (string ns, string id, string? force, Remover remover, CancellationToken cancellation) =>
            AnswerAsync(ns, force, forced => remover.RemoveRunAsync(ns, id, forced, cancellation))).RequirePermission("runs.delete");
        ours.MapDelete("/logged-models/{id}", (string ns, string id, string? force, Remover remover, CancellationToken cancellation) =>
            AnswerAsync(ns, force, forced => remover.RemoveModelAsync(ns, id, forced, cancellation))).RequirePermission("logged-models.delete");
        ours.MapDelete("/experiments/{id}", (string ns, string id, string? force, Remover remover, TimeProvider time, CancellationToken cancellation) =>
            AnswerAsync(ns, force, forced => remover.RemoveExperimentAsync(ns, id, forced, time, cancellation))).RequirePermission("experiments.delete");
        ours.MapPost("/tracking/collect", CollectAsync).RequirePermission("experiments.delete");
    }

    private static async Task<IResult> AnswerAsync(string ns, string? force, Func<bool, Task<Result<Unit>>> remove)
    {
        if (RunRules.Namespace(ns) is { } bad)
        {
            return Problem.Invalid([bad]).ToAnswer();
        }

        return force is null || bool.TryParse(force, out _)
            ? (await remove(force is not null && bool.Parse(force))).ToAnswer(_ => Results.NoContent())
            : Problem.Invalid([new Fault("force", $"'{force}' is neither true nor false")]).ToAnswer();
    }

    private static async Task<IResult> CollectAsync(
        string ns, string? olderThan, Remover remover, IDatabase database, TimeProvider time, CancellationToken cancellation)
    {
        if (RunRules.Namespace(ns) is { } bad)
        {
            return Problem.Invalid([bad]).ToAnswer();
        }

        if (!DurationText.TryParse(olderThan ?? "30d", out var age))
        {
            return Problem.Invalid([new Fault("olderThan", "is not a length of time such as 30d, 12h or 0s")]).ToAnswer();
        }

        var before = Micros.Of(time.GetUtcNow() - age);
        var (experiments, runs, models) = await database.ReadAsync((session, _) => RemovalStore.OldAsync(session, ns, before, AtATime), cancellation);
        var (removed, kept) = (new int[3], new List<string>());
        foreach (var (ids, kind, remove) in new (IReadOnlyList<string> Ids, int Kind, Func<string, Task<Result<Unit>>> Remove)[]
        {
            (experiments, 0, id => remover.RemoveExperimentAsync(ns, id, false, time, cancellation)), (runs, 1, id => remover.RemoveRunAsync(ns, id, false, cancellation)),
            (models, 2, id => remover.RemoveModelAsync(ns, id, false, cancellation)),
        })
        {
            foreach (var id in ids)
            {
                var done = await remove(id);
                removed[kind] += done.Succeeded ? 1 : 0;

                // Gone with its experiment a moment ago.
                if (done.Problem is { Code: not ProblemCode.NotFound } problem)
                {
                    kept.Add(problem.Message);
                }
            }
        }

        return Results.Text(
            string.Create(CultureInfo.InvariantCulture, $"{{\"experiments\":{removed[0]},\"runs\":{removed[1]},\"loggedModels\":{removed[2]},\"kept\":{kept.Count}}}"),
            "application/json");
    }
}
