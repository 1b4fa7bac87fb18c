using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Rows;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>
/// The nearest row with the wanted outcome: features take values that were observed, or numbers between the row's own and an observed one. Found by trying
/// observed rows, every feature alone and random combinations of few features, then taking back every change that is not needed and every number as far as
/// it goes. Nearest of what was tried, so not provably the nearest of all.
/// </summary>
internal sealed class CounterfactualMethod
{
    private const int RandomCandidates = 2000;
    private const int MostTogether = 4;
    private const int PerFeature = 32;
    private const int Refined = 5;
    private const int Halvings = 20;

    private readonly ModelFunction _model;
    private readonly FeatureRows _observed;
    private readonly ObservedColumn?[] _columns;
    private readonly int[] _mutable;
    private readonly WantedOutcome _wanted;
    private readonly long _seed;

    public CounterfactualMethod(ModelFunction model, FeatureRows observed, IReadOnlySet<int> immutable, WantedOutcome wanted, long seed)
    {
        (_model, _observed, _wanted, _seed) = (model, observed, wanted, seed);
        var space = observed.Space;
        _columns = [.. Enumerable.Range(0, space.Columns).Select(c => space.IsText(c) ? null : ObservedColumn.Of(Enumerable.Range(0, observed.Count).Select(r => observed.Number(r, c))))];
        _mutable = [.. Enumerable.Range(0, space.Columns).Where(c => !immutable.Contains(c))];
    }

    /// <param name="Row">Null when none was found.</param>
    /// <param name="Tried">Rows that the model was asked about.</param>
    public sealed record Outcome(FeatureRows? Row, object? Prediction, double Distance, IReadOnlyList<int> Changed, long Tried);

    public bool IsMet(ModelAnswers answers, int row) => _wanted.Class is { } label
        ? answers.Label(row) == label
        : answers.Numbers is { } numbers && numbers[row][0] >= (_wanted.Min ?? double.NegativeInfinity) && numbers[row][0] <= (_wanted.Max ?? double.PositiveInfinity);

    /// <param name="row">One row, which has not the wanted outcome.</param>
    public async Task<Result<Outcome>> FindAsync(FeatureRows row, CancellationToken cancellation)
    {
        var started = _model.Left;
        var candidates = Candidates(row);
        if (!(await MeetingAsync(candidates, cancellation)).TryGet(out var meeting, out var problem))
        {
            return problem;
        }

        FeatureRows? best = null;
        foreach (var start in meeting.Select(i => (Row: candidates.Take([i]), Distance: Distance(row, candidates, i), Order: i)).OrderBy(c => c.Distance).ThenBy(c => c.Order).Take(Refined))
        {
            if (!(await RefineAsync(row, start.Row, cancellation)).TryGet(out var refined, out problem))
            {
                return problem;
            }

            best = best is null || Distance(row, refined, 0) < Distance(row, best, 0) ? refined : best;
        }

        if (best is null)
        {
            return new Outcome(null, null, 0, [], started - _model.Left);
        }

        if (!(await _model.RunAsync(best, 1, cancellation)).TryGet(out var answer, out problem))
        {
            return problem;
        }

        return new Outcome(best, answer.Predictions[0], Distance(row, best, 0), Changed(row, best), started - _model.Left);
    }

    private FeatureRows Candidates(FeatureRows row)
    {
        var random = new SplitMix64((ulong)_seed);
        var perFeature = random.Sample(_observed.Count, PerFeature);
        var count = _observed.Count + (_mutable.Length * perFeature.Length) + (_mutable.Length == 0 ? 0 : RandomCandidates);
        var candidates = new FeatureRows(row.Space, count);
        for (var i = 0; i < count; i++)
        {
            candidates.CopyRow(i, row, 0);
        }

        var next = 0;
        for (var other = 0; other < _observed.Count; other++, next++)
        {
            foreach (var column in _mutable)
            {
                candidates.CopyValue(next, column, _observed, other);
            }
        }

        foreach (var column in _mutable)
        {
            foreach (var other in perFeature)
            {
                candidates.CopyValue(next++, column, _observed, other);
            }
        }

        for (; next < count; next++)
        {
            var together = 1 + random.NextBelow(Math.Min(MostTogether, _mutable.Length));
            var order = _mutable.ToArray();
            random.Shuffle(order, together);
            foreach (var column in order.AsSpan(0, together))
            {
                candidates.CopyValue(next, column, _observed, random.NextBelow(_observed.Count));
            }
        }

        return candidates;
    }

    private async Task<Result<FeatureRows>> RefineAsync(FeatureRows row, FeatureRows start, CancellationToken cancellation)
    {
        var current = start;
        while (Changed(row, current) is { Count: > 1 } changed)
        {
            var without = new FeatureRows(row.Space, changed.Count);
            for (var i = 0; i < changed.Count; i++)
            {
                without.CopyRow(i, current, 0);
                without.CopyValue(i, changed[i], row, 0);
            }

            if (!(await MeetingAsync(without, cancellation)).TryGet(out var meeting, out var problem))
            {
                return problem;
            }

            if (meeting.Count == 0)
            {
                break;
            }

            current = without.Take([meeting.MinBy(i => Distance(row, without, i))]);
        }

        foreach (var column in Changed(row, current))
        {
            if (_columns[column] is { } observed && !(await HalveAsync(row, current, column, observed, cancellation)).TryGet(out current!, out var problem))
            {
                return problem;
            }
        }

        return current;
    }

    /// <summary>Takes one number back towards the row's own as long as the outcome holds.</summary>
    private async Task<Result<FeatureRows>> HalveAsync(FeatureRows row, FeatureRows start, int column, ObservedColumn observed, CancellationToken cancellation)
    {
        var (current, without) = (start, row.Number(0, column));
        if (double.IsNaN(without))
        {
            return current;
        }

        for (var i = 0; i < Halvings; i++)
        {
            var with = current.Number(0, column);
            if (double.IsNaN(with) || observed.Between(without, with) is not { } middle)
            {
                break;
            }

            var nearer = current.Take([0]);
            nearer.SetNumber(0, column, middle);
            if (nearer.SameValue(0, column, current, 0))
            {
                break;
            }

            if (!(await MeetingAsync(nearer, cancellation)).TryGet(out var meeting, out var problem))
            {
                return problem;
            }

            (current, without) = meeting.Count > 0 ? (nearer, without) : (current, middle);
        }

        return current;
    }

    private async Task<Result<List<int>>> MeetingAsync(FeatureRows rows, CancellationToken cancellation) =>
        (await _model.RunAsync(rows, rows.Count, cancellation)).Select(answers => Enumerable.Range(0, rows.Count).Where(i => IsMet(answers, i)).ToList());

    private double Distance(FeatureRows row, FeatureRows other, int otherRow)
    {
        var distance = 0.0;
        for (var column = 0; column < _columns.Length; column++)
        {
            if (!row.SameValue(0, column, other, otherRow))
            {
                distance += _columns[column] is { } observed ? observed.Distance(row.Number(0, column), other.Number(otherRow, column)) : 1;
            }
        }

        return distance;
    }

    private List<int> Changed(FeatureRows row, FeatureRows other) =>
        [.. Enumerable.Range(0, _columns.Length).Where(column => !row.SameValue(0, column, other, 0))];
}
