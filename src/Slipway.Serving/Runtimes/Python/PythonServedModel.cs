using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>A model in worker processes: requests are held to what it takes, then asked of the pool.</summary>
internal sealed class PythonServedModel : IServedModel, IScaledModel
{
    private readonly WorkerPool _pool;
    private readonly InputRules _rules;
    private readonly IReadOnlyList<string> _classes;

    /// <param name="pool">Taken over.</param>
    public PythonServedModel(WorkerPool pool)
    {
        (_pool, _classes) = (pool, pool.Loaded.Classes);
        _rules = new InputRules(pool.Loaded.Inputs, pool.Loaded.Kind == "columns");
        Outputs = [.. pool.Loaded.Outputs.Select(o => new OnnxTensorSpec(o.Name, o.Type, o.Shape ?? [-1]))];
        Platform = pool.Loaded.Platform is { Length: < 200 } told && told.IndexOf('_', StringComparison.Ordinal) > 0 ? told : "python_model";
    }

    public IReadOnlyList<OnnxTensorSpec> Inputs => _rules.Declared;

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    public string Platform { get; }

    public ReplicaState Replicas => _pool.Replicas;

    public async ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if ((_rules.Check(request.Inputs) ?? _pool.Refuse()) is { } problem)
        {
            return problem;
        }

        var id = _pool.NextId();
        var job = new WorkerJob(id, WorkerFrames.Infer(id, request, NamesOf(outputs)));
        return (await _pool.AskAsync(job, cancellation)).TryGet(out var answer, out problem) ? Read(answer, outputs) : problem;
    }

    public void Scale(ScaleSpec scale) => _pool.Scale(scale);

    public void Dispose() => _pool.Dispose();

    private string[]? NamesOf(ReadOnlyMemory<int> outputs)
    {
        if (outputs.IsEmpty)
        {
            return null;
        }

        var names = new string[outputs.Length];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Outputs[outputs.Span[i]].Name;
        }

        return names;
    }

    /// <summary>The outputs asked for in the order asked for, or all in the order declared.</summary>
    private Result<TensorSet> Read(WorkerAnswer answer, ReadOnlyMemory<int> outputs)
    {
        var wanted = NamesOf(outputs) ?? [.. Outputs.Select(o => o.Name)];
        var order = wanted.Select(name => IndexOf(answer.Outputs, name)).ToList();
        if (outputs.IsEmpty && order.TrueForAll(i => i < 0))
        {
            // What it gives was not known before it was asked in earnest.
            order = [.. Enumerable.Range(0, answer.Outputs.Count)];
        }

        try
        {
            if (order.IndexOf(-1) is >= 0 and var missing)
            {
                answer.Blocks.Dispose();
                return new Problem(ProblemCode.Internal, $"The model gave no output '{wanted[missing]}'");
            }

            return new WorkerTensors(answer.Outputs, answer.Blocks, _classes, order);
        }
        catch (BrokenFrameException e)
        {
            return new Problem(ProblemCode.Internal, $"The model's worker answered wrongly: {e.Message}");
        }
    }

    private static int IndexOf(IReadOnlyList<WorkerTensor> outputs, string name)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }
}
