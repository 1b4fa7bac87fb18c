using Microsoft.Extensions.Logging;
using Slipway.Compute.Python;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Opens a model's folder, or the user's code, in worker processes.</summary>
internal sealed class WorkerPools(UnpackedModels folders, WorkerHost host, WorkerOptions options, ModelNews news, TimeProvider time, ILogger<WorkerPools> log)
{
    /// <summary>The interpreter that the server's own surroundings choose.</summary>
    private static readonly string UsualInterpreter = new PythonOptions { RuntimeFolder = "" }.Interpreter;

    /// <summary>Longest a request waits for something that sleeps.</summary>
    public TimeSpan Patience => options.WaitLimit;

    public TimeProvider Time => time;

    /// <summary>Has the service's status written anew.</summary>
    public void Tell(ModelToLoad model) => news.Tell(model.Namespace, model.Service);

    /// <summary>Ends when the first worker has loaded it.</summary>
    public async Task<Result<WorkerPool>> LoadAsync(ModelToLoad model, CancellationToken cancellation)
    {
        var spec = WorkerSpec.Parse(model.Settings);
        if (!InterpreterOf(spec).TryGet(out var interpreter, out var problem) || !(await folders.OpenAsync(model.Digest, cancellation)).TryGet(out var folder, out problem))
        {
            return problem;
        }

        var kept = false;
        try
        {
            if (!MlModelYaml.Read(folder.Path).TryGet(out var described, out problem) && problem is not null)
            {
                return problem;
            }

            var limit = spec.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.PredictLimit;
            var plan = new WorkerPlan(model, spec, interpreter, folder.Path, described, limit);
            var journal = host.OpenLog(model.Namespace, model.Name, 0);
            var started = await WorkerProcess.StartAsync(plan, 0, host, options, journal, time, cancellation);
            if (!started.TryGet(out var first, out problem))
            {
                journal.Say(problem.Message);
                journal.Dispose();
                return problem;
            }

            kept = true;
            var crew = new WorkerCrew(plan, host, options, new JobQueue(), time, log) { Changed = () => Tell(model) };
            return new WorkerPool(crew, first, journal, folder);
        }
        finally
        {
            if (!kept)
            {
                await folder.DisposeAsync();
            }
        }
    }

    private Result<string> InterpreterOf(WorkerSpec spec)
    {
        var name = spec.Environment.Length > 0 ? spec.Environment : spec.Variables.GetValueOrDefault(PythonOptions.Variable, "");
        if (name.Length == 0)
        {
            return UsualInterpreter;
        }

        if (options.Environments.TryGetValue(name, out var environment))
        {
            return Path.Combine(environment, "bin", "python3");
        }

        var known = options.Environments.Count == 0 ? "none is set up (Serving:Workers:Environments)" : $"there are {string.Join(", ", options.Environments.Keys)}";
        return Path.IsPathRooted(name) ? name : new Problem(ProblemCode.Unsupported, $"There is no Python environment '{name}': {known}");
    }
}
