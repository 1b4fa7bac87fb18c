using Microsoft.Extensions.Logging;
using Slipway.Compute.Python;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Models of Python libraries, in processes of their own: a pickle is opened there and nowhere else.</summary>
internal sealed class PythonModelRuntime(
    UnpackedModels folders, WorkerHost host, WorkerOptions options, ModelNews news, TimeProvider time, ILogger<PythonModelRuntime> log) : IModelRuntime
{
    public const string RuntimeName = "slipway-python";

    /// <summary>The interpreter that the server's own surroundings choose.</summary>
    private static readonly string UsualInterpreter = new PythonOptions { RuntimeFolder = "" }.Interpreter;

    public string Name => RuntimeName;

    public IReadOnlyList<string> Formats => ModelFormats.OfWorkers;

    public async Task<Result<RunnableModel>> LoadAsync(ModelToLoad model, CancellationToken cancellation)
    {
        var loaded = await LoadPoolAsync(model, cancellation);
        return loaded.Select(first => new RunnableModel(
            new SleepingModel(first.Model, model.Scale, (scale, token) => LoadPoolAsync(model with { Scale = scale }, token), options.WaitLimit, () => Tell(model), time), first.Classes));
    }

    private async Task<Result<RunnableModel>> LoadPoolAsync(ModelToLoad model, CancellationToken cancellation)
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
            return new RunnableModel(new WorkerPool(crew, first, journal, folder), first.Loaded.Classes);
        }
        finally
        {
            if (!kept)
            {
                await folder.DisposeAsync();
            }
        }
    }

    private void Tell(ModelToLoad model) => news.Tell(model.Namespace, model.Service);

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
