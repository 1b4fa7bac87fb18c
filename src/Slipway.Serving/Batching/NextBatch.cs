using Slipway.Engines.Onnx;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Batching;

/// <summary>Which requests run next, once there is room for a run.</summary>
internal static class NextBatch
{
    /// <summary>Different shapes looked at before the line is taken as it stands: the search is bounded, whatever callers send.</summary>
    private const int MostKinds = 16;

    /// <summary>
    /// Takes the next run out of the line; null when it is better to wait for more. The first in line of each kind is looked at in turn, so that a
    /// batch which waits to be filled does not hold up another that need not. Within a kind nobody overtakes anybody.
    /// </summary>
    /// <param name="policy">Null: one request at a time.</param>
    /// <param name="idle">No other run of the model is under way, so nothing is gained by waiting.</param>
    /// <param name="patience">How long a batch of so many rows may have waited, at most, before it goes as it is.</param>
    /// <param name="ageOf">How long a request has waited.</param>
    /// <param name="wait">When null is returned: how long until the first one will have waited long enough.</param>
    public static Waiting[]? Take(
        WaitingLine line, IReadOnlyList<OnnxTensorSpec> declared, BatchPolicy? policy, bool idle, Func<int, TimeSpan> patience, Func<Waiting, TimeSpan> ageOf, out TimeSpan wait)
    {
        wait = TimeSpan.MaxValue;
        var seen = new List<Waiting>();
        for (var head = line.First; head is not null && seen.Count < MostKinds; head = head.Next)
        {
            if (policy is null || head.Rows == 0)
            {
                return Out(line, [head]);
            }

            if (seen.Exists(s => BatchFit.IsSameKind(declared, s, head)))
            {
                continue;
            }

            seen.Add(head);
            var (members, rows, full) = Collect(head, declared, policy.MaxRows);
            if (!full && !idle && Preferred(members, rows, policy) is var preferred && preferred < members.Count)
            {
                if (preferred > 0)
                {
                    return Out(line, members[..preferred]);
                }

                var left = patience(rows) - ageOf(head);
                if (left > TimeSpan.Zero)
                {
                    wait = left < wait ? left : wait;
                    continue;
                }
            }

            return Out(line, members);
        }

        return null;
    }

    /// <summary>The first of a kind and those behind it that fit into the same run, up to the first that does not.</summary>
    private static (List<Waiting> Members, int Rows, bool Full) Collect(Waiting head, IReadOnlyList<OnnxTensorSpec> declared, int most)
    {
        var (members, rows) = (new List<Waiting> { head }, head.Rows);
        for (var next = head.Next; next is not null && rows < most; next = next.Next)
        {
            if (next.Rows == 0 || !BatchFit.IsSameKind(declared, head, next))
            {
                continue;
            }

            if (next.Rows > most - rows)
            {
                return (members, rows, true);
            }

            members.Add(next);
            rows += next.Rows;
        }

        return (members, rows, rows >= most);
    }

    /// <summary>How many of the members make the largest preferred size exactly; all of them when they do, 0 when no number does.</summary>
    private static int Preferred(List<Waiting> members, int rows, BatchPolicy policy)
    {
        for (var count = members.Count; count > 0; rows -= members[--count].Rows)
        {
            if (policy.Preferred.Contains(rows))
            {
                return count;
            }
        }

        return 0;
    }

    private static Waiting[] Out(WaitingLine line, List<Waiting> members)
    {
        foreach (var member in members)
        {
            line.Remove(member);
            member.State = WaitingState.Taken;
        }

        return [.. members];
    }
}
