using FsCheck;
using FsCheck.Fluent;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Boosting;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Boosting;

public class GradientBoostingProperties
{
    private static readonly BoostingParameters Small = new() { Iterations = 5, MinSamplesLeaf = 2 };

    // Any finite or missing number of float32's range, names from a small set or anything at all.
    private static readonly Gen<(double X, string? Name, double Y)> Row =
        from x in Gen.Frequency((8, ArbMap.Default.GeneratorFor<float>().Select(f => (double)f)), (1, Gen.Constant(double.NaN)), (3, Gen.Choose(0, 5).Select(i => (double)i)))
        from name in Gen.Frequency((6, Gen.Elements<string?>("a", "b", "c", "d")), (1, ArbMap.Default.GeneratorFor<string?>()))
        from y in Gen.Choose(-1_000_000, 1_000_000)
        select (x, name, y / 1000.0);

    private static readonly Arbitrary<(double X, string? Name, double Y)[]> Rows = Row.NonEmptyListOf().Select(rows => rows.ToArray()).ToArbitrary();

    [Fact]
    public void Predictions_AreFiniteAndWithinTheTargetsRange() => Prop.ForAll(Rows, rows =>
    {
        var (frame, target) = FrameOf(rows);
        var (low, high) = (target.Values.Min(), target.Values.Max());
        var slack = 1e-6 * Math.Max(1, high - low);
        // Each round moves by a tenth of the way to means of residuals, so it never leaves the range.
        return Trained.Boosted(frame, target, parameters: Small).Predict(frame).All(p => p >= low - slack && p <= high + slack);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Probabilities_AreFiniteAndAddUpToOne() => Prop.ForAll(Rows, rows =>
    {
        var (frame, target) = FrameOf(rows);
        var names = Samples.Texts("t", rows.Length, i => target.Values[i] > 200 ? "high" : target.Values[i] > -200 ? "middle" : "low");
        return Trained.Boosted(frame, names, LearningTask.Multiclass, Small).Probabilities(frame)
            .All(p => p.All(double.IsFinite) && Math.Abs(p.Sum() - 1) < 1e-9);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void OrderOfRows_ChangesNothingButRounding() => Prop.ForAll(Rows, ArbMap.Default.ArbFor<int>(), (rows, seed) =>
    {
        // Small whole targets with a learning rate of 1/2 are added without rounding in the first round, in any order.
        var (frame, _) = FrameOf(rows);
        var target = Samples.Numbers("y", rows.Length, i => Math.Round(rows[i].Y));
        var order = Enumerable.Range(0, rows.Length).ToArray();
        new System.Random(seed).Shuffle(order);
        var once = Small with { Iterations = 1, LearningRate = 0.5 };
        var straight = Trained.Boosted(frame, target, parameters: once).Predict(frame);
        var shuffled = Trained.Boosted(frame.Take(order), target.Take(order), parameters: once).Predict(frame);
        return straight.Zip(shuffled).All(p => Math.Abs(p.First - p.Second) <= 1e-3 * Math.Max(1, Math.Abs(p.First)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void IncreasingMapOfAFeature_ChangesNothing() => Prop.ForAll(Rows, rows =>
    {
        // Trees only see the order of a number: doubling (exact in float32) must not change a prediction.
        var (frame, target) = FrameOf([.. rows.Select(r => r with { X = Math.Clamp(r.X, -1e30, 1e30) })]);
        var doubled = frame.With(new NumericColumn("x", [.. ((NumericColumn)frame["x"]).Values.Select(v => (double)((float)v * 2))])).Select(["x", "name"]);
        return Trained.Boosted(frame, target, parameters: Small).Predict(frame)
            .SequenceEqual(Trained.Boosted(doubled, target, parameters: Small).Predict(doubled));
    }).QuickCheckThrowOnFailure();

    private static (Frame Frame, NumericColumn Target) FrameOf((double X, string? Name, double Y)[] rows) => (
        new Frame([new NumericColumn("x", [.. rows.Select(r => r.X)]), new TextColumn("name", [.. rows.Select(r => r.Name)])]),
        new NumericColumn("y", [.. rows.Select(r => r.Y)]));
}
