using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Tests.Explanations;

public sealed class TreeShapleyTests
{
    private const int Columns = 5;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void PathDependent_IsTheDefinition(int seed)
    {
        var trees = RandomTrees.Make(seed, Columns, trees: 3, depth: 5, outputs: 1 + (seed % 3), scale: seed % 2 == 0 ? 1 : 0.25);
        var shapley = PathDependent(trees, [0, 1, 2, 3, 4]);
        var random = new Random(seed);
        for (var i = 0; i < 5; i++)
        {
            var row = RandomTrees.Row(random, Columns);
            var found = new double[trees.Outputs * Columns];
            shapley.Explain(row, found, Columns);
            for (var k = 0; k < trees.Outputs; k++)
            {
                AssertNear(BruteForce.Shapley(Columns, present => BruteForce.ByCovers(trees, row, k, present)), found[(k * Columns)..((k + 1) * Columns)]);
                Assert.Equal(BruteForce.ByCovers(trees, row, k, []), shapley.BaseValues[k], 1e-9);
                Assert.Equal(Margin(trees, row)[k], shapley.BaseValues[k] + found[(k * Columns)..((k + 1) * Columns)].Sum(), 1e-9);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Interventional_IsTheDefinition(int seed)
    {
        var trees = RandomTrees.Make(seed, Columns, trees: 3, depth: 5, outputs: 1 + (seed % 3), scale: seed % 2 == 0 ? 1 : 0.25);
        var random = new Random(seed + 100);
        var background = Enumerable.Range(0, 6).Select(_ => RandomTrees.Row(random, Columns)).ToArray();
        var shapley = new InterventionalShapley(trees, [0, 1, 2, 3, 4], Columns, background);
        for (var i = 0; i < 4; i++)
        {
            var row = RandomTrees.Row(random, Columns);
            var found = new double[trees.Outputs * Columns];
            shapley.Explain(row, found, CancellationToken.None);
            for (var k = 0; k < trees.Outputs; k++)
            {
                AssertNear(
                    BruteForce.Shapley(Columns, present => BruteForce.ByRows(mixed => Margin(trees, mixed)[k], row, background, present)), found[(k * Columns)..((k + 1) * Columns)]);
                Assert.Equal(Margin(trees, row)[k], shapley.BaseValues[k] + found[(k * Columns)..((k + 1) * Columns)].Sum(), 1e-9);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ColumnsOfOneGroup_AreOnePlayer(int seed)
    {
        int[] playerOf = [0, 1, 1, 2, 1];
        var trees = RandomTrees.Make(seed, Columns, trees: 4, depth: 5);
        var random = new Random(seed);
        var background = Enumerable.Range(0, 5).Select(_ => RandomTrees.Row(random, Columns)).ToArray();
        var row = RandomTrees.Row(random, Columns);
        var (paths, rows) = (new double[3], new double[3]);
        PathDependent(trees, playerOf).Explain(row, paths, 3);
        new InterventionalShapley(trees, playerOf, 3, background).Explain(row, rows, CancellationToken.None);

        AssertNear(BruteForce.Shapley(3, present => BruteForce.ByCovers(trees, row, 0, present, playerOf)), paths);
        AssertNear(BruteForce.Shapley(3, present => BruteForce.ByRows(mixed => Margin(trees, mixed)[0], row, background, present, playerOf)), rows);
    }

    /// <summary>x0 &lt;= 0 ? 10 : (x1 &lt;= 0 ? 20 : 40), with half of the rows each way: worked out by hand.</summary>
    [Fact]
    public void AHandWorkedTree_HasTheValuesOfTheHand()
    {
        var trees = new TreeEnsemble(
            [
                TreeNode.Decision(SplitMode.LessOrEqual, 0, 0, 1, 2), TreeNode.Leaf((0, 10)),
                TreeNode.Decision(SplitMode.LessOrEqual, 1, 0, 3, 4), TreeNode.Leaf((0, 20)), TreeNode.Leaf((0, 40)),
            ],
            [0], [0], 1, [8, 4, 4, 2, 2]);
        var shapley = PathDependent(trees, [0, 1, 2]);
        var found = new double[3];
        shapley.Explain([1, 1, 5], found, 3);

        // Nothing known: (10 + 30) / 2 = 20. x0 alone: 30. x1 alone: (10 + 40) / 2 = 25. Both: 40.
        Assert.Equal(20, shapley.BaseValues[0], 1e-12);
        AssertNear([((30 - 20) + (40 - 25)) / 2.0, ((25 - 20) + (40 - 30)) / 2.0, 0], found);

        // Against the row (0, 0, 0), whose value is 10. x0 alone: 20. x1 alone: 10. Both: 40.
        var against = new InterventionalShapley(trees, [0, 1, 2], 3, [[0.0, 0, 0]]);
        found = new double[3];
        against.Explain([1, 1, 5], found, CancellationToken.None);
        Assert.Equal(10, against.BaseValues[0], 1e-12);
        AssertNear([((20 - 10) + (40 - 10)) / 2.0, ((10 - 10) + (40 - 20)) / 2.0, 0], found);
    }

    [Fact]
    public void FeaturesThatDoTheSame_GetTheSame_AndUnusedOnesNothing()
    {
        // x0 <= 0 and x1 <= 0 in both orders: the trees treat both alike; x2 is never asked.
        var trees = new TreeEnsemble(
            [
                TreeNode.Decision(SplitMode.LessOrEqual, 0, 0, 1, 2), TreeNode.Decision(SplitMode.LessOrEqual, 1, 0, 3, 4), TreeNode.Leaf((0, 1)), TreeNode.Leaf((0, 7)), TreeNode.Leaf((0, 1)),
                TreeNode.Decision(SplitMode.LessOrEqual, 1, 0, 6, 7), TreeNode.Decision(SplitMode.LessOrEqual, 0, 0, 8, 9), TreeNode.Leaf((0, 1)), TreeNode.Leaf((0, 7)), TreeNode.Leaf((0, 1)),
            ],
            [0, 5], [0], 1, [9, 6, 3, 4, 2, 9, 6, 3, 4, 2]);
        var found = new double[3];
        PathDependent(trees, [0, 1, 2]).Explain([-1, -1, 3], found, 3);

        Assert.Equal(found[0], found[1], 1e-12);
        Assert.True(found[0] > 0);
        Assert.Equal(0, found[2]);
    }

    [Fact]
    public void PathsOfManyFeatures_AreIntegratedExactly()
    {
        // One path through 30 features, longer than any table: with every feature met the leaf's value is shared by 1 / 30 each plus what the others leave.
        const int Depth = 30;
        var nodes = new List<TreeNode>();
        var covers = new List<double> { Math.Pow(2, Depth) };
        for (var i = 0; i < Depth; i++)
        {
            nodes.Add(TreeNode.Decision(SplitMode.LessOrEqual, i, 0, (2 * i) + 2, (2 * i) + 1));
            nodes.Add(TreeNode.Leaf((0, 0)));
            covers.Add(covers[^1] / 2);
            covers.Add(covers[^1]);
        }

        nodes.Add(TreeNode.Leaf((0, 1)));
        var trees = new TreeEnsemble([.. nodes], [0], [0], 1, [.. covers]);
        var found = new double[Depth];
        PathDependent(trees, [.. Enumerable.Range(0, Depth)]).Explain([.. Enumerable.Repeat(-1.0, Depth)], found, Depth);

        Assert.All(found, v => Assert.Equal((1 - Math.Pow(0.5, Depth)) / Depth, v, 1e-12));
    }

    /// <summary>Trees, margins and <c>pred_contribs</c> of xgboost 1.7.4: regression, two and three classes, with missing values.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void XgboostsOwnContributions_AreOurs(int place)
    {
        var oracle = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Explanations", "Data", "xgboost-contributions.json")))![place]!;
        var (nodes, covers, roots) = (new List<TreeNode>(), new List<double>(), new List<int>());
        var bases = oracle["base"]!.AsArray().Select(b => (double)b!).ToArray();
        var dumped = oracle["trees"]!.AsArray();
        for (var t = 0; t < dumped.Count; t++)
        {
            roots.Add(Add(dumped[t]!, t % bases.Length));
        }

        var trees = new TreeEnsemble([.. nodes], [.. roots], bases, 1, [.. covers]);
        var shapley = PathDependent(trees, [0, 1, 2, 3, 4]);
        for (var r = 0; r < 12; r++)
        {
            double[] row = [.. oracle["rows"]![r]!.AsArray().Select(v => v is null ? double.NaN : (double)(float)(double)v)];
            var found = new double[bases.Length * Columns];
            shapley.Explain(row, found, Columns);
            for (var k = 0; k < bases.Length; k++)
            {
                double[] expected = [.. oracle["contributions"]![r]![k]!.AsArray().Select(v => (double)v!)];
                Assert.Equal((double)oracle["margins"]![r]![k]!, Margin(trees, row)[k], 1e-5);
                Assert.Equal(expected[Columns], shapley.BaseValues[k], 1e-5);
                AssertNear(expected[..Columns], found[(k * Columns)..((k + 1) * Columns)], 1e-5);
            }
        }

        int Add(JsonNode node, int output)
        {
            var at = nodes.Count;
            nodes.Add(TreeNode.Leaf());
            covers.Add((double)node["cover"]!);
            nodes[at] = node["leaf"] is { } leaf
                ? TreeNode.Leaf((output, (double)leaf))
                : TreeNode.Decision(
                    SplitMode.Less, (int)node["column"]!, (float)(double)node["below"]!, Add(node["yes"]!, output), Add(node["no"]!, output), (bool)node["missingYes"]!);
            return at;
        }
    }

    internal static double[] Margin(TreeEnsemble trees, double[] row)
    {
        var margin = new double[trees.Outputs];
        trees.Margin(row, margin);
        return margin;
    }

    private static PathDependentShapley PathDependent(TreeEnsemble trees, int[] playerOf) => new(TreePaths.Compile(trees, playerOf, trees.Covers!)!);

    private static void AssertNear(double[] expected, double[] found, double tolerance = 1e-9)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"player {i}: {expected[i]} expected, {found[i]} found");
        }
    }
}
