using System.Globalization;
using System.Text;
using Slipway.Conformance;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Scoring.Files;

namespace Slipway.Serving.Tests.Scoring;

public sealed class BatchScorerTests : IDisposable
{
    private const int Rows = 20_000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("parquet", "parquet")]
    [InlineData("parquet", "csv")]
    [InlineData("csv", "parquet")]
    [InlineData("csv", "csv")]
    public async Task EveryForm_KeepsItsColumns_AndPutsPredictionsBesideTheirRows(string from, string to)
    {
        var (input, output) = (Input(from), _folder.File($"out.{to}"));

        var report = await RunAsync(new BatchScoringJob(input, output, "models:/m@champion"), new Doubling());

        Assert.Equal((Rows, 0, "models:/m/1"), (report.Rows, report.Resumed, report.Model));
        Assert.Equal(["id", "x", "name", "at", "prediction", "probability_no", "probability_yes"], report.Columns);
        Assert.Equal($"{Rows} 0", Ask($"SELECT count(*) || ' ' || count(*) FILTER (prediction <> 2 * x OR probability_yes <> x / {Rows} OR name IS DISTINCT FROM CASE WHEN id % 7 = 0 THEN NULL ELSE 'n,' || id END) FROM '{output}'"));
        Assert.Equal("0", Ask($"SELECT count(*) FROM (SELECT id, row_number() OVER () - 1 AS place FROM '{output}') WHERE id <> place"));
        Assert.False(Directory.Exists(output + ".scoring"));
    }

    [Fact]
    public async Task OneColumn_IsKeptWithId()
    {
        var output = _folder.File("out.parquet");
        var report = await RunAsync(new BatchScoringJob(Input("parquet"), output, "m") { Id = "id", PredictionColumn = "score" }, new Doubling());

        Assert.Equal(["id", "score", "probability_no", "probability_yes"], report.Columns);
        Assert.Equal("0", Ask($"SELECT count(*) FROM '{output}' WHERE score <> 2 * (id + 0.5)"));
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("csv")]
    public async Task ARunThatWasCutOff_GoesOn_AndEndsAsIfNothingHadHappened(string form)
    {
        var input = Input(form);
        var whole = _folder.File($"whole.{form}");
        await RunAsync(new BatchScoringJob(input, whole, "models:/m@champion") { BatchRows = 2000 }, new Doubling());

        // Cut off again and again at other places, with half a line behind what the checkpoint counts; the alias has moved meanwhile.
        var output = _folder.File($"out.{form}");
        var job = new BatchScoringJob(input, output, "models:/m@champion") { BatchRows = 2000 };
        long resumed = 0;
        for (var cut = 1; cut <= 3; cut++)
        {
            var dying = new Doubling { DiesAfter = 2 };
            var died = await Scorer().RunAsync(job, (pinned, _) => Opened(pinned, dying), _ => { }, CancellationToken.None);
            Assert.Equal(ProblemCode.Unavailable, died.Problem!.Code);
            Assert.False(File.Exists(output));
            var predictions = Path.Combine(output + ".scoring", "predictions.csv");
            await File.AppendAllTextAsync(predictions, "12345.6,0.1");
        }

        var report = await RunAsync(job, new Doubling(), pinned =>
        {
            Assert.Equal("models:/m/1", pinned);
            resumed++;
        });

        Assert.Equal(1, resumed);
        Assert.InRange(report.Resumed, 2000, Rows - 1);
        Assert.Equal(Rows, report.Rows);
        Assert.Equal(await File.ReadAllBytesAsync(whole), await File.ReadAllBytesAsync(output));
    }

    [Fact]
    public async Task AnotherFileOrQuestion_BeginsAnew()
    {
        var (input, output) = (Input("csv"), _folder.File("out.csv"));
        var job = new BatchScoringJob(input, output, "models:/m@champion") { BatchRows = 2000 };
        var dying = new Doubling { DiesAfter = 3 };
        Assert.False((await Scorer().RunAsync(job, (pinned, _) => Opened(pinned, dying), _ => { }, CancellationToken.None)).Succeeded);

        var report = await RunAsync(job with { Model = "models:/m@challenger" }, new Doubling(), pinned => Assert.Null(pinned));

        Assert.Equal((Rows, 0), (report.Rows, report.Resumed));
    }

    [Fact]
    public async Task ABatchThatIsTooLarge_IsHalved()
    {
        var output = _folder.File("out.parquet");
        await RunAsync(new BatchScoringJob(Input("parquet"), output, "m"), new Doubling { Most = 700 });

        Assert.Equal($"{Rows} 0", Ask($"SELECT count(*) || ' ' || count(*) FILTER (prediction <> 2 * x) FROM '{output}'"));
    }

    [Fact]
    public async Task WhatDoesNotFit_IsSaidOfEveryColumn_AndNothingIsWritten()
    {
        var input = Input("csv");
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.txt"), "m"), ".csv or .parquet");
        await RefusedAsync(new BatchScoringJob(_folder.File("none.csv"), _folder.File("o.csv"), "m"), "none.csv not found");
        await RefusedAsync(new BatchScoringJob(input, input, "m"), "same file");
        await RefusedAsync(new BatchScoringJob(input, _folder.File("no/o.csv"), "m"), "folder");
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.csv"), "m") { Id = "idd" }, "--id idd");
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.csv"), "m") { PredictionColumn = "X" }, "--prediction-column");
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.csv"), "m"), "age: is missing", new Doubling { Inputs = [new TensorSpec("age", "FP32", [-1, 1]), new TensorSpec("x", "FP32", [-1, 1])] });
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.csv"), "m"), "name: is VARCHAR, but the model's input name is FP32", new Doubling { Inputs = [new TensorSpec("name", "FP32", [-1, 1])] });
        await RefusedAsync(new BatchScoringJob(input, _folder.File("o.csv"), "m"), "X: takes 2 values per row", new Doubling { Inputs = [new TensorSpec("X", "FP32", [-1, 2])] });
        Assert.False(File.Exists(_folder.File("o.csv")));
    }

    [Fact]
    public async Task OneWideInput_TakesTheFeaturesInTheirOrder()
    {
        var wide = new Doubling { Inputs = [new TensorSpec("X", "FP32", [-1, 2])] };
        var output = _folder.File("out.csv");
        await RunAsync(new BatchScoringJob(Input("csv"), output, "m") { Features = ["x", "id"] }, wide);

        Assert.Equal(["X[0]", "X[1]"], wide.Seen!.Columns.Select(c => c.Name));
        Assert.Equal([0.5, 1.5], ((NumericColumn)wide.Seen["X[0]"]).Values[..2]);
    }

    private async Task RefusedAsync(BatchScoringJob job, string says, Doubling? model = null)
    {
        var refused = await Scorer().RunAsync(job, (pinned, _) => Opened(pinned, model ?? new Doubling()), _ => { }, CancellationToken.None);
        Assert.False(refused.Succeeded);
        Assert.Contains(says, refused.Problem.Message, StringComparison.Ordinal);
    }

    private static async Task<BatchReport> RunAsync(BatchScoringJob job, Doubling model, Action<string?>? opened = null)
    {
        var done = 0L;
        var report = await Scorer().RunAsync(
            job,
            (pinned, _) =>
            {
                opened?.Invoke(pinned);
                return Opened(pinned, model);
            },
            progress => done = progress.Done,
            CancellationToken.None);
        Assert.Equal(report.OrThrow().Rows, done);
        return report.Value;
    }

    // A checkpoint with every batch: its interval is a second of real time otherwise.
    private static BatchScorer Scorer() => new(new JumpingTime());

    private static Task<Result<IBatchModel>> Opened(string? pinned, Doubling model) => Task.FromResult(Result.From<IBatchModel>(model.As(pinned ?? "models:/m/1")));

    private string Input(string form)
    {
        var path = _folder.File($"in.{form}");
        if (form == "csv")
        {
            var text = new StringBuilder("id,x,name,at\n");
            for (var i = 0; i < Rows; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{i},{i}.50,{(i % 7 == 0 ? "" : $"\"n,{i}\"")},2024-01-01\n");
            }

            File.WriteAllText(path, text.ToString());
            return path;
        }

        using var database = DuckDbDatabase.Open().OrThrow();
        using var connection = database.Connect();
        connection.Execute(
            $"COPY (SELECT i AS id, (i + 0.5)::DOUBLE AS x, CASE WHEN i % 7 = 0 THEN NULL ELSE 'n,' || i END AS name, TIMESTAMP '2024-01-01' AS at FROM range({Rows}) t(i)) TO '{path}' (FORMAT parquet)").OrThrow();
        return path;
    }

    private static string Ask(string sql)
    {
        using var database = DuckDbDatabase.Open(new DuckDbOptions { Threads = 1 }).OrThrow();
        using var connection = database.Connect();
        var frame = connection.Query($"SELECT CAST(({sql}) AS VARCHAR) AS answer").OrThrow();
        return ((TextColumn)frame["answer"]).Values[0]!;
    }

    /// <summary>prediction = 2 x, with two probabilities.</summary>
    private sealed class Doubling : IBatchModel
    {
        private int _asked;

        public string Reference { get; private set; } = "";

        public string Digest => "d1";

        public IReadOnlyList<TensorSpec> Inputs { get; init; } = [new("x", "FP64", [-1, 1])];

        public string PredictionType => "FP64";

        public int DiesAfter { get; init; } = int.MaxValue;

        public int Most { get; init; } = int.MaxValue;

        public Frame? Seen { get; private set; }

        public Doubling As(string reference)
        {
            Reference = reference;
            return this;
        }

        public Task<Result<Scores>> ScoreAsync(Frame batch, CancellationToken cancellation)
        {
            if (batch.Rows > Most)
            {
                return Task.FromResult<Result<Scores>>(new Problem(ProblemCode.TooLarge, "too much"));
            }

            if (Interlocked.Increment(ref _asked) > DiesAfter)
            {
                return Task.FromResult<Result<Scores>>(Problem.Unavailable("the server is away"));
            }

            Seen ??= batch;
            var x = ((NumericColumn)batch.Columns[0]).Values;
            return Task.FromResult<Result<Scores>>(new Scores(new NumericColumn("prediction", [.. x.Select(v => 2 * v)]), [.. x.Select(v => new[] { 1 - (v / Rows), v / Rows })], ["no", "yes"]));
        }
    }

    private sealed class JumpingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now += 10;
    }
}
