using Slipway.Compute.Logs;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>A model in worker processes: as many as its load asks for, each with one request at a time.</summary>
internal sealed class WorkerPool : IServedModel, IScaledModel
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly WorkerCrew _crew;
    private readonly UnpackedModels.Lease _folder;
    private readonly InputRules _rules;
    private readonly IReadOnlyList<string> _classes;
    private readonly WorkerLoad _load;
    private readonly Autoscaler _autoscaler = new();
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<WorkerSlot> _slots = [];
    private readonly List<Task> _leaving = [];
    private readonly long _started;
    private ScaleSpec _scale;
    private bool _closed;
    private long _ids;

    /// <param name="first">The worker that told what the model takes and gives; it is this pool's.</param>
    public WorkerPool(WorkerCrew crew, WorkerProcess first, LogWriter log, UnpackedModels.Lease folder)
    {
        (_crew, _folder, _scale) = (crew, folder, crew.Plan.Model.Scale);
        _rules = new InputRules(first.Loaded.Inputs, first.Loaded.Kind == "columns");
        Outputs = [.. first.Loaded.Outputs.Select(o => new OnnxTensorSpec(o.Name, o.Type, o.Shape ?? [-1]))];
        (_classes, Platform) = (first.Loaded.Classes, first.Loaded.Platform is { Length: < 200 } told && told.IndexOf('_', StringComparison.Ordinal) > 0 ? told : "python_model");
        (_load, _started) = (new WorkerLoad(crew.Time), crew.Time.GetTimestamp());
        _slots.Add(new WorkerSlot(crew, 0, first, log));
        Adjust(Math.Max(1, _scale.Min));
        _timer = crew.Time.CreateTimer(_ => Follow(), null, crew.Options.ScaleEvery, crew.Options.ScaleEvery);
    }

    public IReadOnlyList<OnnxTensorSpec> Inputs => _rules.Declared;

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    public string Platform { get; }

    public ReplicaState Replicas
    {
        get
        {
            lock (_lock)
            {
                return new ReplicaState(_slots.Count, _slots.Count(s => s.IsReady), _slots.Select(s => s.Trouble).FirstOrDefault(t => t is not null));
            }
        }
    }

    public async ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if ((_rules.Check(request.Inputs) ?? Refuse()) is { } problem)
        {
            return problem;
        }

        var job = new WorkerJob(Interlocked.Increment(ref _ids), WorkerFrames.Infer(_ids, request, NamesOf(outputs)));
        _load.Enter();
        try
        {
            using var limit = new CancellationTokenSource(_crew.Options.WaitLimit, _crew.Time);
            await using var waited = limit.Token.UnsafeRegister(_ => job.Refuse(TooLong()), null).ConfigureAwait(false);
            await using var left = cancellation.UnsafeRegister((_, token) => job.Leave(token), null).ConfigureAwait(false);
            _crew.Queue.Add(job);
            return (await job.Answer).TryGet(out var answer, out problem) ? Read(answer, outputs) : problem;
        }
        finally
        {
            _load.Leave();
        }
    }

    public void Scale(ScaleSpec scale)
    {
        lock (_lock)
        {
            _scale = scale;
            Adjust(Math.Clamp(_slots.Count, Math.Max(1, scale.Min), Math.Max(1, scale.Max)));
        }
    }

    /// <summary>Nobody asks any more: the workers end, and then their folder goes.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Task[] all;
        lock (_lock)
        {
            _closed = true;
            Adjust(0);
            all = [.. _leaving];
        }

        Gone = EndAsync(all);
    }

    /// <summary>Ends, after <see cref="Dispose"/>, when no process is left.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    private async Task EndAsync(Task[] workers)
    {
        await Task.WhenAll(workers);
        await _folder.DisposeAsync();
    }

    private Problem? Refuse()
    {
        if (_crew.Queue.Count >= _crew.Options.Queue)
        {
            return Problem.Unavailable($"{_crew.Options.Queue} requests wait for the model's workers already", Soon);
        }

        lock (_lock)
        {
            return _slots.Count > 0 && _slots.All(s => s.IsHopeless)
                ? Problem.Unavailable($"The model has no worker. {_slots[0].Trouble}", TimeSpan.FromSeconds(5))
                : null;
        }
    }

    private Problem TooLong() => Problem.Unavailable($"No worker of the model was free within {_crew.Options.WaitLimit.TotalSeconds:0} seconds", Soon);

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

    private void Follow()
    {
        var (concurrency, perSecond) = _load.Take();
        lock (_lock)
        {
            if (!_closed)
            {
                var load = _scale.Metric == ScaleMetric.Rps ? perSecond : concurrency;
                Adjust(_autoscaler.Decide(_scale, _crew.Time.GetElapsedTime(_started), load));
            }
        }
    }

    private void Adjust(int wanted)
    {
        lock (_lock)
        {
            var before = _slots.Count;
            _leaving.RemoveAll(t => t.IsCompleted);
            while (_slots.Count < wanted)
            {
                _slots.Add(new WorkerSlot(_crew, _slots.Count, null, null));
            }

            while (_slots.Count > wanted)
            {
                var last = _slots[^1];
                _slots.RemoveAt(_slots.Count - 1);
                _leaving.Add(last.Loop);
                last.Stop();
            }

            if (before != _slots.Count && !_closed)
            {
                _crew.Changed();
            }
        }
    }
}
