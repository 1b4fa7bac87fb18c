using System.Text.Json.Nodes;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Artifacts;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Logs;

namespace Slipway.Pipelines.Steps;

/// <summary>Runs commands, in containers or processes: whichever the compute backend gives.</summary>
internal sealed class WorkloadExecutor(
    ComputeBackends backends, WorkloadSettings settings, ArtifactShelf shelf, RunLogs logs, LogArchive archive, PythonSteps python, ImageDigests images, PipelinesOptions options, TimeProvider time) : IStepExecutor
{
    public bool Takes(StepAttempt attempt) => StepRunner.NeedsWorkload(attempt.Executor) && attempt.Executor is ExecutorSpec.Container;

    /// <summary>By which backends find what a dead server left.</summary>
    public static string AttemptId(string taskId, long attempt) => $"{taskId}-{attempt}";

    public async Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation)
    {
        var folder = new AttemptFolder(options.AttemptsFolder, attempt, shelf);
        try
        {
            return await RunAsync(attempt, folder, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new StepOutcome.Stopped();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new StepOutcome.Failed(TaskCause.Step, $"its files could not be handled: {exception.Message}");
        }
        finally
        {
            folder.Remove();
        }
    }

    private async Task<StepOutcome> RunAsync(StepAttempt attempt, AttemptFolder folder, CancellationToken cancellation)
    {
        if (!(await folder.PrepareAsync(cancellation)).TryGet(out var inputs, out var problem)
            || !(await WorkloadOfAsync(attempt, folder, inputs, cancellation)).TryGet(out var workload, out problem)
            || !backends.Get(options.Backend).TryGet(out var backend, out problem))
        {
            return new StepOutcome.Failed(TaskCause.Values, problem.Message, problem.Code == ProblemCode.Unavailable);
        }

        WorkloadOutcome outcome;
        using (var log = logs.Open(attempt.Run.Id, attempt.TaskId, attempt.Attempt))
        {
            outcome = await backend.RunAsync(python.Rewrite(workload, backend), log, cancellation);
            log.Say(outcome.Words);
        }

        var detail = Detail(backend, workload, outcome);
        if (workload.Image is { } image && (attempt.ImageDigest ?? await images.FindAsync(image, cancellation)) is { } digest)
        {
            detail["imageDigest"] = digest;
        }

        var kept = await archive.KeepAsync(attempt.Run.Id, attempt.TaskId, attempt.Attempt, detail, cancellation);
        if (!outcome.IsSuccess)
        {
            return Failure(outcome) with { Detail = detail, Objects = kept };
        }

        return (await folder.CollectAsync(options.ParameterBytes, () => Guid.CreateVersion7(time.GetUtcNow()).ToString(), cancellation)).TryGet(out var outputs, out problem)
            ? new StepOutcome.Succeeded(outputs) { Detail = detail, Objects = [.. folder.Objects, .. kept] }
            : new StepOutcome.Failed(TaskCause.Values, problem.Message, problem.Code == ProblemCode.Unavailable) { Detail = detail, Objects = kept };
    }

    private async Task<Result<Workload>> WorkloadOfAsync(StepAttempt attempt, AttemptFolder folder, TaskValues inputs, CancellationToken cancellation)
    {
        if (!Resolve(attempt, folder, inputs).TryGet(out var container, out var problem)
            || !WorkloadLimits.Of(container.Resources).TryGet(out var limits, out problem)
            || !(await settings.OfAsync(attempt, cancellation)).TryGet(out var surroundings, out problem))
        {
            return problem;
        }

        if (attempt.Run.Workspace is { } workspace)
        {
            Directory.CreateDirectory(workspace);
        }

        return new Workload
        {
            Name = attempt.Path,
            Attempt = AttemptId(attempt.TaskId, attempt.Attempt),
            Image = container.Image is WellKnownImages.Process or "" ? null : container.Image,
            Command = container.Command,
            Args = container.Args,
            Env = surroundings.Env.Concat(container.Env.Select(e => KeyValuePair.Create(e.Name, e.Value)))
                .GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal),
            Secrets = surroundings.Secrets,
            WorkingFolder = folder.Path,
            Mounts = surroundings.Mounts,
            Resources = limits with { DiskBytes = options.DiskBytes },
            Timeout = attempt.Platform?.Deadline,
            Labels = new Dictionary<string, string> { ["slipway.dev/run"] = attempt.Run.Id, ["slipway.dev/task"] = attempt.TaskId },
        };
    }

    /// <summary>
    /// The command without placeholders. A component that is told how it was configured is resolved twice: its configuration holds what placeholders in
    /// variables and resources stand for, and is itself among the inputs.
    /// </summary>
    private static Result<ResolvedContainer> Resolve(StepAttempt attempt, AttemptFolder folder, TaskValues inputs)
    {
        var resolved = ResolveWith(attempt, folder, inputs);
        if (!resolved.TryGet(out var container, out _) || TaskConfigInput.Of(
            attempt.Component, container, attempt.Platform, attempt.Run.Workspace is null ? null : $"{attempt.Run.Id}-workspace", n => WorkloadSettings.NameOf(n, attempt)) is not { } config)
        {
            return resolved;
        }

        var told = new Dictionary<string, JsonNode?>(inputs.Parameters) { [config.Name] = config.Value };
        return ResolveWith(attempt, folder, inputs with { Parameters = told }).Select(c => c with
        {
            Env = TaskConfigInput.Applies(attempt.Component, TaskConfigField.Env) ? c.Env : [],
            Resources = TaskConfigInput.Applies(attempt.Component, TaskConfigField.Resources) ? c.Resources : null,
        });
    }

    private static Result<ResolvedContainer> ResolveWith(StepAttempt attempt, AttemptFolder folder, TaskValues inputs)
    {
        var provisioned = folder.Provisioned;
        return CommandLine.Resolve(((ExecutorSpec.Container)attempt.Executor).Spec, new CommandContext(
            attempt.Run.FactsOf(attempt.TaskName, attempt.TaskId), inputs, provisioned.ParameterFiles, provisioned.Artifacts, provisioned.OutputFile,
            ExecutorInput.Build(inputs, provisioned)));
    }

    private static StepOutcome Failure(WorkloadOutcome outcome) => outcome switch
    {
        WorkloadOutcome.Cancelled => new StepOutcome.Stopped(),
        WorkloadOutcome.TimedOut => new StepOutcome.Failed(TaskCause.Timeout, outcome.Words),
        _ => new StepOutcome.Failed(TaskCause.Step, outcome.Words),
    };

    private static JsonObject Detail(IComputeBackend backend, Workload workload, WorkloadOutcome outcome)
    {
        var detail = new JsonObject
        {
            ["backend"] = backend.Name,
            ["image"] = workload.Image,
            ["outcome"] = outcome.Code,
            ["wallSeconds"] = Math.Round(outcome.Use.Wall.TotalSeconds, 6),
            ["cpuSeconds"] = Math.Round((outcome.Use.CpuUser + outcome.Use.CpuSystem).TotalSeconds, 6),
            ["peakMemoryBytes"] = outcome.Use.PeakMemoryBytes,
        };
        switch (outcome)
        {
            case WorkloadOutcome.Failed failed:
                detail["exitCode"] = failed.ExitCode;
                break;
            case WorkloadOutcome.Killed killed:
                detail["signal"] = killed.Signal;
                break;
            case WorkloadOutcome.Succeeded:
                detail["exitCode"] = 0;
                break;
            default:
                break;
        }

        return detail;
    }
}
