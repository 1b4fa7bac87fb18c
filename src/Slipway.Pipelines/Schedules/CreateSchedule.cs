using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.RunApi;
using Slipway.Platform.Database;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Schedules;

/// <summary>
/// <c>POST /recurringruns {"display_name", "experiment_id", "pipeline_spec" | "pipeline_version_reference", "runtime_config", "trigger": {"cron_schedule" |
/// "periodic_schedule"}, "mode", "max_concurrency", "no_catchup"}</c>. Without a version the pipeline's newest at each firing is run.
/// </summary>
internal static class CreateSchedule
{
    private const int MostConcurrency = 10_000;

    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapPost("/recurringruns", HandleAsync).RequirePermission("recurringruns.create");

    private static async Task<IResult> HandleAsync(
        HttpRequest request, ScheduleStore store, RunSources sources, ScheduleOptions options, TimeProvider time, CancellationToken cancellation)
    {
        if (!(await KfpBody.ReadAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToKfpAnswer();
        }

        var now = time.GetUtcNow();
        var row = ReadTrigger(body, Read(body, now), options);
        var source = RunSource.Read(body);
        if (source is null || body.Faults.Count > 0)
        {
            return Problem.Invalid(body.Faults).ToKfpAnswer();
        }

        if (!(await sources.ExperimentAsync(body.Text("experiment_id"), cancellation, body.Text("namespace"))).TryGet(out var experiment, out problem)
            || !(await sources.FindAsync(source, cancellation)).TryGet(out _, out problem))
        {
            return problem.ToKfpAnswer();
        }

        row = row with
        {
            Namespace = experiment.Namespace, ExperimentId = experiment.Id, PipelineId = source.PipelineId, PipelineVersionId = source.VersionId, Spec = source.Spec,
            NextDue = row.Enabled && row.Rule(options.Zone).Value.Next(FirstInstant(row, now), now) is { } due ? Micros.Of(due) : null,
        };
        row = row with { FiredUntil = Micros.Of(FirstInstant(row, now)) };
        return Results.Text(ScheduleWire.Of(await store.InsertAsync(row, cancellation)).ToJsonString(), "application/json");
    }

    /// <summary>A start in the past asks for what has been missed since; with no_catchup only the newest of it fires.</summary>
    private static DateTimeOffset FirstInstant(ScheduleRow row, DateTimeOffset now) =>
        row.Starts is { } starts && starts <= Micros.Of(now) ? Micros.ToTime(starts - 1) : now;

    private static ScheduleRow Read(KfpBody body, DateTimeOffset now)
    {
        var concurrency = body.Number("max_concurrency") ?? 1;
        if (concurrency is < 1 or > MostConcurrency)
        {
            body.Fault("max_concurrency", $"must lie from 1 to {MostConcurrency}");
        }

        return new ScheduleRow(Guid.CreateVersion7(now).ToString(), "", "", body.Required("display_name", 1024) ?? "")
        {
            Description = body.Text("description", 64 * 1024) ?? "",
            RuntimeConfig = RuntimeConfig.Read(body).ToJson().ToJsonString(),
            ServiceAccount = body.Text("service_account") ?? "",
            MaxConcurrency = concurrency,
            NoCatchup = body.Flag("no_catchup"),
            Enabled = body.Enum("mode", null, "ENABLE", "DISABLE") != "DISABLE",
            Created = Micros.Of(now),
            Updated = Micros.Of(now),
        };
    }

    private static ScheduleRow ReadTrigger(KfpBody body, ScheduleRow row, ScheduleOptions options)
    {
        var trigger = body.Message("trigger");
        var (cron, periodic) = (trigger?.Message("cron_schedule"), trigger?.Message("periodic_schedule"));
        if ((cron is null) == (periodic is null))
        {
            body.Fault("trigger", "either a cron_schedule or a periodic_schedule is required");
            return row;
        }

        var bounds = (cron ?? periodic)!;
        var (starts, ends) = (bounds.Time("start_time"), bounds.Time("end_time"));
        if (ends < starts)
        {
            bounds.Fault("end_time", "lies before start_time");
        }

        row = row with
        {
            Cron = cron?.Required("cron", 512),
            IntervalSeconds = periodic is null ? null : periodic.Number("interval_second") ?? 0,
            Starts = starts is { } s ? Micros.Of(s) : null,
            Ends = ends is { } e ? Micros.Of(e) : null,
        };
        if ((row.Cron ?? (object?)row.IntervalSeconds) is not null && !row.Rule(options.Zone).TryGet(out _, out var problem))
        {
            bounds.Fault(cron is null ? "interval_second" : "cron", problem.Message);
        }

        return row;
    }
}
