using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Catalog;
using Slipway.Pipelines.RunApi;
using Slipway.Pipelines.Triggers.Domain;
using Slipway.Platform.Controllers;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Triggers;

/// <summary>
/// Hands events to the triggers that wait for them. A run is made under a key of trigger and event, and the trigger's status then remembers the event's number:
/// delivering again, as happens after a crash, finds the same run.
/// </summary>
internal sealed class EventTriggers(IResourceStore resources, IPipelineRuns runs, CatalogStore catalog, RunSources sources, RunCreation creation, TimeProvider time)
{
    private const string Manager = "trigger-events";

    /// <summary>Every trigger that waits for events, with its sources.</summary>
    public async Task<IReadOnlyList<(Resource Trigger, IReadOnlyList<TriggerSource> Sources)>> ListAsync(CancellationToken cancellation)
    {
        var list = (await resources.ListAsync(TriggerKind.Kind, new ListQuery(), cancellation)).OrThrow();
        return [.. list.Items.Where(t => !t.IsDeleting && t.Spec["on"] is JsonArray { Count: > 0 }).Select(t => (t, TriggerSource.Read(t.Name, (JsonArray)t.Spec["on"]!)))];
    }

    /// <summary>A problem when the event must be delivered again later; what can never work is written to the trigger's status instead.</summary>
    public async Task<Result<Unit>> DeliverAsync(Resource trigger, IReadOnlyList<TriggerSource> sources, Event e, JsonObject payload, CancellationToken cancellation)
    {
        if (e.Namespace != trigger.Namespace || (bool?)trigger.Spec["suspend"] == true || IsBefore(e, trigger) || e.Sequence <= ((long?)trigger.Status["lastSequence"] ?? 0))
        {
            return Result.Ok;
        }

        var rows = (long?)trigger.Status["rows"];
        if (sources.Where(s => s.EventType == e.Type).Select(s => s.Judge(e.Subject, payload, rows)).FirstOrDefault(v => v.Fires) is not { } verdict)
        {
            return Result.Ok;
        }

        var run = await SubmitAsync(trigger, e, payload, verdict.Reason, cancellation);
        return !run.Succeeded && run.Problem.Code is ProblemCode.Unavailable or ProblemCode.Exhausted or ProblemCode.Conflict or ProblemCode.DeadlineExceeded
            ? run.Problem
            : await RememberAsync(trigger, e, verdict, run, cancellation);
    }

    private async Task<Result<string>> SubmitAsync(Resource trigger, Event e, JsonObject payload, string reason, CancellationToken cancellation)
    {
        var run = (JsonObject)trigger.Spec["run"]!;
        var context = new JsonObject
        {
            ["event"] = new JsonObject
            {
                ["type"] = e.Type, ["subject"] = e.Subject, ["namespace"] = e.Namespace, ["sequence"] = e.Sequence, ["time"] = e.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            },
            ["payload"] = payload.DeepClone(),
        };
        var parameters = EventFields.Parameters(run["parameters"] as JsonObject ?? [], run["fromEvent"] as JsonObject ?? [], context);
        var (pipeline, key) = ((string)run["pipeline"]!, $"trigger:{trigger.Uid}:event:{e.Sequence}");
        var submitted = await runs.SubmitAsync(
            new SubmitPipelineRun(trigger.Namespace, pipeline, parameters, key, reason) { Labels = new Dictionary<string, string> { ["slipway.dev/trigger"] = trigger.Name } }, cancellation);
        if (submitted.TryGet(out var made, out var problem))
        {
            return made.Id;
        }

        // Not a Pipeline resource: perhaps one that was uploaded.
        if (problem.Code != ProblemCode.NotFound || await catalog.FindByNameAsync(trigger.Namespace, pipeline, cancellation) is not { } uploaded)
        {
            return problem;
        }

        if (!(await sources.FindAsync(new RunSource(uploaded.Id, null, null), cancellation)).TryGet(out var source, out problem))
        {
            return problem;
        }

        var experiment = await sources.DefaultExperimentAsync(trigger.Namespace, cancellation);
        var order = new RunOrder(source, experiment, new RuntimeConfig(parameters, null)) { DisplayName = $"{pipeline} by {trigger.Name}", IdempotencyKey = key, Reason = reason };
        return (await creation.CreateAsync(order, cancellation)).Select(r => r.Id);
    }

    private async Task<Result<Unit>> RememberAsync(Resource trigger, Event e, SourceVerdict verdict, Result<string> run, CancellationToken cancellation)
    {
        while (true)
        {
            var status = trigger.Status;
            status["lastSequence"] = e.Sequence;
            status["reason"] = verdict.Reason;
            if (verdict.Rows is { } rows)
            {
                status["rows"] = rows;
            }

            if (run.TryGet(out var id, out var problem))
            {
                (status["lastRun"], status["fired"]) = (id, ((long?)status["fired"] ?? 0) + 1);
            }

            Conditions.Set(trigger, "Ready", run.Succeeded ? "True" : "False", run.Succeeded ? "Fired" : problem!.Code.ToString(), problem?.Message ?? verdict.Reason, time.GetUtcNow());
            var written = await resources.UpdateStatusAsync(TriggerKind.Kind, trigger, new WriteOptions(Manager), cancellation);
            if (written.Succeeded || written.Problem.Code == ProblemCode.NotFound)
            {
                return Result.Ok;
            }

            if (written.Problem.Code != ProblemCode.Conflict)
            {
                return written.Problem;
            }

            // Somebody else wrote the trigger meanwhile; the run is made, only the status is to be said again.
            if (!(await resources.GetAsync(TriggerKind.Kind, trigger.Namespace, trigger.Name, cancellation)).TryGet(out var fresh, out _))
            {
                return Result.Ok;
            }

            trigger = fresh;
        }
    }

    // Seconds are all that a creation time has.
    private static bool IsBefore(Event e, Resource trigger) =>
        DateTimeOffset.TryParse((string?)trigger.Metadata["creationTimestamp"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var created) && e.Time < created;
}
