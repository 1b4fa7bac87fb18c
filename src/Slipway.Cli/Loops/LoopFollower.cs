using Slipway.Client;
using Slipway.Client.Loops;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Loops;

/// <summary>Reads a loop's report until the loop is over, and outlives a server that goes away for a while.</summary>
internal sealed class LoopFollower(SlipwayClient client, string ns, string name, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A restart takes seconds; after this long, somebody has to look.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task<Result<LoopReading>> FollowAsync(ILoopView view, CancellationToken cancellation)
    {
        var lastAnswer = time.GetTimestamp();
        var away = false;
        while (true)
        {
            var answer = await client.Loops.GetReportAsync(ns, name, cancellation);
            if (answer.TryGet(out var reading, out var problem))
            {
                if (away)
                {
                    view.Note("The server is back; the loop goes on where it was.");
                    away = false;
                }

                lastAnswer = time.GetTimestamp();
                view.Show(reading.Report);
                if (reading.Report.IsOver)
                {
                    return reading;
                }
            }
            else if (problem.Code is not (ProblemCode.Unavailable or ProblemCode.DeadlineExceeded or ProblemCode.Exhausted))
            {
                return problem;
            }
            else if (time.GetElapsedTime(lastAnswer) > Patience)
            {
                return problem with { Message = $"no answer for {Patience.TotalSeconds:0} s: {problem.Message}" };
            }
            else if (!away)
            {
                view.Note($"The server does not answer ({problem.Message}); trying for {Patience.TotalSeconds:0} s ...");
                away = true;
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }
}
