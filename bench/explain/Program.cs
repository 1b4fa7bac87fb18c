using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Serving.Explanations.Domain;

// Rows per second of exact Shapley values on the trees that reference.py wrote, one thread, against xgboost's own pred_contribs on the same trees and rows.
var models = JsonNode.Parse(File.ReadAllText(args[0]))!.AsArray();
Console.WriteLine("| depth | leaves | xgboost rows/s | path dependent rows/s | ratio | interventional rows/s (100 background rows) | largest difference |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
foreach (var model in models)
{
    var (nodes, covers, roots) = (new List<TreeNode>(), new List<double>(), new List<int>());
    foreach (var tree in model!["trees"]!.AsArray())
    {
        roots.Add(Add(tree!, nodes, covers));
    }

    var columns = (int)model["columns"]!;
    var trees = new TreeEnsemble([.. nodes], [.. roots], [0.5], 1, [.. covers]);
    double[][] rows = [.. model["rows"]!.AsArray().Select(r => r!.AsArray().Select(v => (double)(float)(double)v!).ToArray())];
    int[] players = [.. Enumerable.Range(0, columns)];
    var shapley = new PathDependentShapley(TreePaths.Compile(trees, players, trees.Covers!)!);
    var expected = model["contributions"]!.AsArray();
    var difference = 0.0;
    for (var r = 0; r < expected.Count; r++)
    {
        var found = new double[columns];
        shapley.Explain(rows[r], found, columns);
        difference = Math.Max(difference, found.Select((v, i) => Math.Abs(v - (double)expected[r]![i]!)).Max());
    }

    var byPaths = Rate(rows.Length, r => shapley.Explain(rows[r], new double[columns], columns));
    var against = new InterventionalShapley(trees, players, columns, rows[..100]);
    var byRows = Rate(200, r => against.Explain(rows[r], new double[columns], CancellationToken.None));
    var reference = rows.Length / (double)model["seconds"]!;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {model["depth"]} | {trees.Nodes.Count(n => n.IsLeaf)} | {reference:0} | {byPaths:0} | {byPaths / reference:0.00} | {byRows:0} | {difference:0.0e0} |"));
}

static double Rate(int rows, Action<int> explain)
{
    // The best of three, by the processor's time: other work on the machine then counts less.
    var best = double.MaxValue;
    for (var round = 0; round < 4; round++)
    {
        var started = Process.GetCurrentProcess().TotalProcessorTime;
        for (var row = 0; row < rows; row++)
        {
            explain(row);
        }

        best = round == 0 ? best : Math.Min(best, (Process.GetCurrentProcess().TotalProcessorTime - started).TotalSeconds);
    }

    return rows / best;
}

static int Add(JsonNode node, List<TreeNode> nodes, List<double> covers)
{
    var at = nodes.Count;
    nodes.Add(TreeNode.Leaf());
    covers.Add((double)node["cover"]!);
    nodes[at] = node["leaf"] is { } leaf
        ? TreeNode.Leaf((0, (double)leaf))
        : TreeNode.Decision(
            SplitMode.Less, (int)node["column"]!, (float)(double)node["below"]!, Add(node["yes"]!, nodes, covers), Add(node["no"]!, nodes, covers), (bool)node["missingYes"]!);
    return at;
}
