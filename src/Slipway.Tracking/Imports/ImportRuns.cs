using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;

namespace Slipway.Tracking.Imports;

/// <summary>
/// <c>POST /import/tracking</c>: experiments, runs, metrics and logged models of an archive, as lines; <c>POST /import/pending</c>: which of the runs named are not here as
/// marked. Lines are written in groups: a request that fails leaves the groups before the faulty line, which the same request sent again finds done.
/// </summary>
internal static class ImportRuns
{
    private const int LinesAtOnce = 64;
    private const int MostAsked = 1000;
    private const long MaxBytes = 16 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var import = routes.MapGroup("/api/slipway/v1/namespaces/{ns}/import");
        import.MapPost("/tracking", HandleAsync).RequirePermission("runs.write");
        import.MapPost("/pending", PendingAsync).RequirePermission("runs.write");
    }

    private static async Task<IResult> HandleAsync(
        string ns, HttpRequest request, IDatabase database, [FromServices] DefaultExperiments defaults, TimeProvider time, CancellationToken cancellation)
    {
        if ((MlflowWorkspace.Check(ns).Problem ?? await defaults.EnsureAsync(ns, cancellation)) is { } wrong)
        {
            return wrong.ToAnswer();
        }

        var (keeper, count) = (new ArchiveKeeper(ns, time), 0L);
        try
        {
            await foreach (var lines in NdjsonBody.ReadAsync(request, ArchiveJson.Default.ArchiveLine, LinesAtOnce, MaxBytes, cancellation))
            {
                var kept = await database.WriteAsync((session, _) => KeepAsync(session, keeper, lines), cancellation);
                if (!kept.TryGet(out _, out var problem))
                {
                    return problem.ToAnswer();
                }

                count += lines.Count;
            }
        }
        catch (ProblemException broken)
        {
            return broken.Problem.ToAnswer();
        }

        return Results.Json(new ImportAnswer(count, keeper.Experiments), ArchiveJson.Default.ImportAnswer);
    }

    private static async Task<IResult> PendingAsync(string ns, HttpRequest request, IDatabase database, CancellationToken cancellation)
    {
        if (MlflowWorkspace.Check(ns).Problem is { } wrong)
        {
            return wrong.ToAnswer();
        }

        if (!(await JsonBody.ReadObjectAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        PendingRuns asked;
        try
        {
            asked = System.Text.Json.JsonSerializer.Deserialize(body, ArchiveJson.Default.PendingRuns)!;
        }
        catch (System.Text.Json.JsonException fault)
        {
            return Problem.Invalid($"the body is not {{\"runs\": [{{\"runId\", \"mark\"}}]}}: {fault.Message}").ToAnswer();
        }

        if (asked.Runs.Count > MostAsked)
        {
            return Problem.Invalid([new Fault("runs", $"at most {MostAsked} at once")]).ToAnswer();
        }

        var marks = await database.ReadAsync((session, _) => ImportStore.MarksAsync(session, ns, [.. asked.Runs.Select(r => r.RunId)]), cancellation);
        var pending = asked.Runs.Where(r => marks.GetValueOrDefault(r.RunId) != r.Mark).Select(r => r.RunId);
        return Results.Json(new PendingAnswer([.. pending]), ArchiveJson.Default.PendingAnswer);
    }

    private static async Task<Result<Unit>> KeepAsync(IWriteSession session, ArchiveKeeper keeper, IReadOnlyList<(long Line, ArchiveLine Value)> lines)
    {
        foreach (var (number, line) in lines)
        {
            if (!(await keeper.KeepAsync(session, line)).TryGet(out _, out var problem))
            {
                return problem with { Message = $"line {number}: {problem.Message}" };
            }
        }

        return default(Unit);
    }
}
