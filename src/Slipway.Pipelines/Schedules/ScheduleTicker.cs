using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.RunApi;
using Slipway.Pipelines.Schedules.Domain;
using Slipway.Platform.Database;
using Slipway.Platform.Leases;

namespace Slipway.Pipelines.Schedules;

/// <summary>
/// Makes the runs that schedules ask for. One server at a time does it, under a lease. A firing's run is made under a key of schedule and instant before
/// the firing is written down: a server that dies in between, and the one after it, find that run again, so every firing makes exactly one.
/// </summary>
internal sealed partial class ScheduleTicker(
    ScheduleStore store, RunSources sources, RunCreation creation, ILeases leases, ScheduleOptions options, TimeProvider time, ILogger<ScheduleTicker> logger)
    : BackgroundService
{
    private const string LeaseName = "pipelines.schedules";
    private const int Batch = 100;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    private readonly string _server = Id.New(time);
    private readonly SemaphoreSlim _round = new(1);

    /// <summary>One round: everything that is due now. The number of runs made.</summary>
    public async Task<int> TickAsync(CancellationToken cancellation)
    {
        await _round.WaitAsync(cancellation);
        try
        {
            return await RoundAsync(cancellation);
        }
        finally
        {
            _round.Release();
        }
    }

    public override void Dispose()
    {
        _round.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TickAsync(stoppingToken);
                await Task.Delay(LongestSleep, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The database may be away for a moment; what is due stays due.
                LogTickFailed(exception);
                await Task.Delay(LongestSleep, time, stoppingToken);
            }
        }
    }

    private async Task<int> RoundAsync(CancellationToken cancellation)
    {
        // Looking costs a read; only when something is due is the lease asked for.
        if (await store.NextDueAsync(cancellation) is not { } next || next > Micros.Of(time.GetUtcNow())
            || await leases.TryAcquireAsync(LeaseName, _server, LeaseTime, cancellation) is not { } lease)
        {
            return 0;
        }

        var made = 0;
        foreach (var schedule in await store.DueAsync(Batch, cancellation))
        {
            made += await FireAsync(lease, schedule, cancellation);
        }

        return made;
    }

    private async Task<int> FireAsync(Lease lease, ScheduleRow schedule, CancellationToken cancellation)
    {
        var made = 0;
        if (!schedule.Rule(options.Zone).TryGet(out var rule, out var unreadable))
        {
            await store.AdvanceAsync(lease, schedule, time.GetUtcNow(), false, null, null, unreadable.Message, cancellation);
            return made;
        }

        var (now, created) = (time.GetUtcNow(), Micros.ToTime(schedule.Created));
        var free = schedule.MaxConcurrency - await store.ActiveAsync(schedule.Id, cancellation);
        if (free <= 0)
        {
            // It stays due, and fires when one of its runs has ended.
            return made;
        }

        foreach (var firing in rule.Due(Micros.ToTime(schedule.FiredUntil), now, created, !schedule.NoCatchup, (int)Math.Min(free, Batch)))
        {
            var run = await SubmitAsync(schedule, firing, cancellation);
            if (!run.TryGet(out var id, out var problem) && problem.Code is ProblemCode.Unavailable or ProblemCode.Exhausted or ProblemCode.Conflict)
            {
                LogFiringDelayed(schedule.Id, problem.Message);
                return made;
            }

            var next = rule.Next(firing, created);
            if (!await store.AdvanceAsync(lease, schedule, firing, run.Succeeded, next, id, run.Problem?.Message, cancellation))
            {
                return made;
            }

            schedule = schedule with { FiredUntil = Micros.Of(firing), Firings = schedule.Firings + (run.Succeeded ? 1 : 0) };
            made += run.Succeeded ? 1 : 0;
            if (!run.Succeeded)
            {
                LogFiringFailed(schedule.Id, firing, run.Problem!.Message);
            }
        }

        return made;
    }

    private async Task<Result<string>> SubmitAsync(ScheduleRow schedule, DateTimeOffset firing, CancellationToken cancellation)
    {
        if (!(await sources.FindAsync(new RunSource(schedule.PipelineId, schedule.PipelineVersionId, schedule.Spec), cancellation)).TryGet(out var source, out var problem)
            || !(await sources.ExperimentAsync(schedule.ExperimentId, cancellation)).TryGet(out var experiment, out problem))
        {
            return problem;
        }

        var key = $"schedule:{schedule.Id}:{Micros.Of(firing)}";
        var (id, index) = (RunIdOf(key, firing), schedule.Firings + 1);
        var macros = new ParameterMacros(firing, time.GetUtcNow(), index, id);
        var config = RuntimeConfig.Parse(schedule.RuntimeConfig);
        var made = await creation.CreateAsync(
            new RunOrder(source, experiment, config with { Parameters = macros.Fill(config.Parameters), PipelineRoot = config.PipelineRoot is { } root ? macros.Fill(root) : null })
            {
                Id = id,
                DisplayName = $"{schedule.DisplayName}-{index}",
                ServiceAccount = schedule.ServiceAccount.Length > 0 ? schedule.ServiceAccount : null,
                RecurringRunId = schedule.Id,
                ScheduledAt = firing,
                IdempotencyKey = key,
                Reason = $"recurring run {schedule.DisplayName}",
            },
            cancellation);
        return made.Select(run => run.Id);
    }

    /// <summary>The same on every attempt at a firing, since the parameters may name it; else a version 7 UUID like any other run's.</summary>
    private static string RunIdOf(string key, DateTimeOffset firing)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(key))[..16];
        var milliseconds = firing.ToUnixTimeMilliseconds();
        for (var i = 0; i < 6; i++)
        {
            bytes[i] = (byte)(milliseconds >> (8 * (5 - i)));
        }

        (bytes[6], bytes[8]) = ((byte)((bytes[6] & 0x0F) | 0x70), (byte)((bytes[8] & 0x3F) | 0x80));
        return new Guid(bytes, bigEndian: true).ToString();
    }

    [LoggerMessage(LogLevel.Error, "Looking for schedules that are due failed; trying again")]
    private partial void LogTickFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Schedule {Schedule}: the run could not be made yet: {Problem}")]
    private partial void LogFiringDelayed(string schedule, string problem);

    [LoggerMessage(LogLevel.Error, "Schedule {Schedule}, firing of {Firing}: no run could be made: {Problem}")]
    private partial void LogFiringFailed(string schedule, DateTimeOffset firing, string problem);
}
