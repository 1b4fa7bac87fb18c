using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>Transformers and explainers of the user's own, in worker processes like models.</summary>
internal sealed class PythonCodeRuntime(WorkerPools pools) : ICodeRuntime
{
    public async Task<Result<IUserCode>> LoadCodeAsync(ModelToLoad code, CancellationToken cancellation)
    {
        var loaded = await pools.LoadAsync(code, cancellation);
        return loaded.Select<IUserCode>(pool => new PythonUserCode(code, pool, pools));
    }
}

/// <summary>One class of the user's, in its pool of workers; ended when idle, if it may be.</summary>
internal sealed class PythonUserCode : IUserCode
{
    private readonly IReadOnlyList<string> _methods;
    private readonly string _role;
    private readonly Sleeper<WorkerPool> _sleeper;

    /// <param name="first">Taken over.</param>
    public PythonUserCode(ModelToLoad code, WorkerPool first, WorkerPools pools)
    {
        (_role, _methods) = (code.Role, first.Loaded.Methods);
        _sleeper = new Sleeper<WorkerPool>(
            $"The {_role}", first, code.Scale, (scale, token) => pools.LoadAsync(code with { Scale = scale }, token), pools.Patience, () => pools.Tell(code), pools.Time);
    }

    public ReplicaState Replicas => _sleeper.Replicas;

    public bool Has(string method) => _methods.Contains(method);

    public ValueTask<Result<CodeAnswer>> CallAsync(CodeCall call, CancellationToken cancellation) =>
        _sleeper.UseAsync((Role: _role, Call: call), static (pool, asked, token) => CallAsync(pool, asked.Role, asked.Call, token), cancellation);

    public void Scale(ScaleSpec scale) => _sleeper.Scale(scale);

    public void Dispose() => _sleeper.Dispose();

    private static async ValueTask<Result<CodeAnswer>> CallAsync(WorkerPool pool, string role, CodeCall call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (pool.Refuse() is { } refused)
        {
            return refused;
        }

        var id = pool.NextId();
        var job = new WorkerJob(id, WorkerFrames.Call(id, call)) { Subject = $"The {role}'s {call.Method}", Given = "the request", Limit = call.Limit, Model = call.Model };
        if (!(await pool.AskAsync(job, cancellation)).TryGet(out var answer, out var problem))
        {
            return problem;
        }

        var (message, blocks) = (answer.Message, answer.Blocks);
        if (message.Json >= 0 && message.Json <= blocks.Length)
        {
            return new CodeAnswer(new CodeBody(blocks.Memory, message.Json, message.IsText), blocks);
        }

        blocks.Dispose();
        return new Problem(ProblemCode.Internal, $"The {role}'s worker answered wrongly: it sent {blocks.Length} bytes and spoke of {message.Json}");
    }
}
