using Slipway.Client.Scoring;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary>A model of the server. A batch may be sent any number of times, so a server that restarts or is busy is waited for.</summary>
internal sealed class RemoteBatchModel(ScoringClient client, string ns, ScoringModel model, TimeSpan patience, TimeProvider time, Action<Problem, TimeSpan> waiting) : IBatchModel
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public string Reference => model.Reference;

    public string Digest => model.Digest;

    public IReadOnlyList<TensorSpec> Inputs => model.Inputs;

    public string PredictionType => model.PredictionType;

    public async Task<Result<Scores>> ScoreAsync(Frame batch, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause + pause < LongestPause ? pause + pause : LongestPause)
        {
            var scored = await client.ScoreAsync(ns, model, batch, cancellation);
            if (scored.Problem is not { Code: ProblemCode.Unavailable or ProblemCode.Exhausted or ProblemCode.DeadlineExceeded } problem
                || time.GetElapsedTime(started) + pause > patience)
            {
                return scored;
            }

            var rest = problem.RetryAfter is { } asked && asked > pause ? asked : pause;
            waiting(problem, rest);
            await Task.Delay(rest, time, cancellation);
        }
    }
}
