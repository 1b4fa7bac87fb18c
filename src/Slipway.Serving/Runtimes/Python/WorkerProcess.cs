using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Workloads;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>How a worker dealt with a request.</summary>
internal enum WorkerFate
{
    /// <summary>It answered, and can be asked again.</summary>
    Answered,

    /// <summary>It had ended before it got the request.</summary>
    NeverAsked,

    /// <summary>It ended, or sent what is no answer.</summary>
    Ended,

    /// <summary>It took too long.</summary>
    Hung,
}

/// <summary>One worker: its process, and the connection over which it is asked one request after another.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const string TokenVariable = "SLIPWAY_WORKER_TOKEN";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly IRunningWorkload _process;
    private readonly Socket _socket;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _died = new();
    private readonly byte[] _head = new byte[Frame.HeadBytes];
    private string? _broken;

    private WorkerProcess(IRunningWorkload process, Socket socket, WorkerOptions options, TimeProvider time)
    {
        (_process, _socket, _options, _time) = (process, socket, options, time);
        _ = process.Completion.ContinueWith(_ => _died.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>What the model takes and gives.</summary>
    public WorkerMessage Loaded { get; private set; } = new("");

    /// <summary>Cancelled when its process has ended.</summary>
    public CancellationToken Died => _died.Token;

    /// <summary>Starts a worker and waits until it has loaded the model, or says why it has not.</summary>
    public static async Task<Result<WorkerProcess>> StartAsync(
        WorkerPlan plan, int place, WorkerHost host, WorkerOptions options, LogWriter log, TimeProvider time, CancellationToken cancellation)
    {
        var (listener, path) = host.Listen();
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        try
        {
            var workload = new Workload
            {
                Name = $"{plan.Model.Name} worker {place}", Attempt = host.NewAttempt(), Command = [plan.Interpreter, host.Program, path], Args = plan.Spec.Args,
                Env = plan.Variables(), Secrets = WorkloadSecrets.Of([new(TokenVariable, token)]), GracePeriod = Grace,
                Resources = new WorkloadResources { Cpu = plan.Spec.Cpu, MemoryBytes = plan.Spec.MemoryBytes },
            };
            if (!(await host.StartAsync(workload, log, cancellation)).TryGet(out var process, out var problem))
            {
                return problem;
            }

            return await ConnectAsync(process, listener, token, plan, options, time, cancellation);
        }
        finally
        {
            listener.Dispose();
            File.Delete(path);
        }
    }

    private static async Task<Result<WorkerProcess>> ConnectAsync(
        IRunningWorkload process, Socket listener, string token, WorkerPlan plan, WorkerOptions options, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.StartLimit, time);
        using var ended = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ended.Token, cancellation);
        var watch = process.Completion.ContinueWith(_ => TryCancel(ended), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        WorkerProcess? worker = null;
        var kept = false;
        try
        {
            worker = new WorkerProcess(process, await listener.AcceptAsync(any.Token), options, time);
            var loaded = await worker.LoadAsync(token, plan, any.Token);
            kept = loaded.Succeeded;
            return loaded.Succeeded ? worker : loaded.Problem;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or BrokenFrameException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (limit.IsCancellationRequested)
            {
                return Problem.Unavailable($"The {plan.What} was not loaded within {options.StartLimit.TotalSeconds:0} seconds (Serving:Workers:StartSeconds)");
            }

            var outcome = await EndAsync(process);
            return outcome is WorkloadOutcome.CouldNotStart
                ? new Problem(ProblemCode.Unsupported, $"The {plan.What}'s worker: {outcome.Words}")
                : Problem.Invalid($"The {plan.What}'s worker ended while it loaded the {plan.What}. {(e is BrokenFrameException ? $"What is wrong: {e.Message}. " : "")}{outcome.Words}");
        }
        finally
        {
            if (!kept)
            {
                await process.KillAsync(TimeSpan.Zero);
                worker?._socket.Dispose();
            }
        }
    }

    private async Task<Result<WorkerMessage>> LoadAsync(string token, WorkerPlan plan, CancellationToken cancellation)
    {
        var (hello, none) = await ReceiveAsync(cancellation);
        none.Dispose();
        if (hello.Type != "hello" || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hello.Token), Encoding.ASCII.GetBytes(token)))
        {
            throw new BrokenFrameException("somebody else connected in its place");
        }

        using (var load = WorkerFrames.Load(plan.What, plan.Folder, plan.Model.Format, plan.Spec.Method, plan.Described?.DeepClone(), plan.Model.Warm))
        {
            await SendAsync(load.Written, cancellation);
        }

        var (loaded, nothing) = await ReceiveAsync(cancellation);
        nothing.Dispose();
        switch (loaded)
        {
            case { Type: "loaded", Inputs.Count: > 0, Outputs.Count: > 0 }:
            case { Type: "loaded", Kind: "code", Methods.Count: > 0 }:
                Loaded = loaded;
                return loaded;
            case { Type: "error", Code: "unsupported" }:
                return new Problem(ProblemCode.Unsupported, loaded.Words);
            case { Type: "error" }:
                return Problem.Invalid(loaded.Words);
            default:
                throw new BrokenFrameException($"it did not say what the {plan.What} takes and gives");
        }
    }

    /// <summary>Asks it one request. After any other fate than an answer it is of no more use.</summary>
    public async Task<(WorkerFate Fate, Result<WorkerAnswer> Answer)> AskAsync(WorkerJob job, TimeSpan most)
    {
        using var limit = new CancellationTokenSource(most, _time);
        var sent = false;
        try
        {
            await SendAsync(job.Frame, limit.Token);
            sent = true;
            await using var gone = job.Gone.UnsafeRegister(_ => Cancel(job.Id, limit), null).ConfigureAwait(false);
            while (true)
            {
                var (message, blocks) = await ReceiveAsync(limit.Token);
                if (message.Type != "ask")
                {
                    return (WorkerFate.Answered, AnswerOf(message, blocks, job));
                }

                using var told = await WorkerQuestion.AnswerAsync(job, message, blocks, limit.Token);
                await SendAsync(told.Written, limit.Token);
            }
        }
        catch (Exception e) when (e is SocketException or BrokenFrameException or OperationCanceledException)
        {
            _broken = e is BrokenFrameException ? e.Message : null;
            var fate = limit.IsCancellationRequested ? WorkerFate.Hung : sent ? WorkerFate.Ended : WorkerFate.NeverAsked;
            return (fate, new Problem(ProblemCode.DeadlineExceeded, $"{job.Subject} did not answer within {most.TotalSeconds:0} seconds; its worker was ended"));
        }
    }

    /// <summary>Ends it, by force when it does not end by itself, and says why it ended.</summary>
    public async Task<string> EndAsync(bool atOnce)
    {
        _socket.Dispose();
        if (atOnce)
        {
            // A worker that broke off ends by itself in a moment, and then says how; one that hangs does not.
            await Task.WhenAny(_process.Completion, Task.Delay(TimeSpan.FromMilliseconds(500), _time));
        }

        await _process.KillAsync(atOnce ? TimeSpan.Zero : Grace);
        var outcome = await _process.Completion;
        return _broken is null ? outcome.Words : $"It was ended: {_broken}.";
    }

    public async ValueTask DisposeAsync() => await EndAsync(atOnce: false);

    private static Result<WorkerAnswer> AnswerOf(WorkerMessage message, PooledBlock blocks, WorkerJob job)
    {
        if (message.Id == job.Id && message.Type == "answer")
        {
            return new WorkerAnswer(message, blocks);
        }

        blocks.Dispose();
        return message.Id != job.Id || message.Type != "error" ? throw new BrokenFrameException("it answered what it was not asked")
            : message.Code == "invalid" ? Problem.Invalid($"{job.Subject} refused {job.Given}: {message.Words}")
            : new Problem(ProblemCode.Internal, $"{job.Subject} failed: {message.Words}");
    }

    private void Cancel(long id, CancellationTokenSource limit)
    {
        _ = SendCancelAsync(id);
        try
        {
            limit.CancelAfter(_options.CancelGrace);
        }
        catch (ObjectDisposedException)
        {
            // It has just answered.
        }
    }

    private async Task SendCancelAsync(long id)
    {
        try
        {
            using var frame = WorkerFrames.Cancel(id);
            await SendAsync(frame.Written, CancellationToken.None);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Who waits for its answer sees its end.
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            while (frame.Length > 0)
            {
                frame = frame[await _socket.SendAsync(frame, cancellation)..];
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task<(WorkerMessage Message, PooledBlock Blocks)> ReceiveAsync(CancellationToken cancellation)
    {
        await FillAsync(_head, cancellation);
        var (headerLength, blocksLength) = Frame.ReadHead(_head, _options.MaxAnswerBytes);
        WorkerMessage message;
        using (var header = new PooledBlock(headerLength))
        {
            await FillAsync(header.Memory, cancellation);
            message = WorkerMessage.Parse(header.Memory);
        }

        var blocks = new PooledBlock(blocksLength);
        try
        {
            await FillAsync(blocks.Memory, cancellation);
            return (message, blocks);
        }
        catch
        {
            blocks.Dispose();
            throw;
        }
    }

    private async Task FillAsync(Memory<byte> memory, CancellationToken cancellation)
    {
        while (memory.Length > 0)
        {
            var got = await _socket.ReceiveAsync(memory, cancellation);
            memory = got > 0 ? memory[got..] : throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    private static async Task<WorkloadOutcome> EndAsync(IRunningWorkload process)
    {
        await Task.WhenAny(process.Completion, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System));
        await process.KillAsync(TimeSpan.Zero);
        return await process.Completion;
    }

    private static void TryCancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The start was over before.
        }
    }
}
