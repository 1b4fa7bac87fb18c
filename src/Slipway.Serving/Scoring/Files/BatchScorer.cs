using Slipway.Contracts.Serving.Ports;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Scoring.Files;

/// <inheritdoc/>
internal sealed class BatchScorer(TimeProvider time) : IBatchScorer
{
    /// <summary>What the analytics engine may take; beyond it, it spills into the folder of the run.</summary>
    private const string Memory = "512MB";

    /// <summary>How much work a crash may cost.</summary>
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(1);

    public async Task<Result<BatchReport>> RunAsync(
        BatchScoringJob job, Func<string?, CancellationToken, Task<Result<IBatchModel>>> open, Action<BatchProgress> progress, CancellationToken cancellation)
    {
        var input = new FileInfo(job.Input);
        if (Refuse(job, input) is { } refused)
        {
            return refused;
        }

        var folder = job.Output + ".scoring";
        try
        {
            var done = job.Restart ? null : ScoreCheckpoint.Load(folder);
            if (done?.IsOf(job, input) != true)
            {
                done = null;
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }

            Directory.CreateDirectory(folder);
            return await Task.Run(() => RunAsync(job, input, folder, done, open, progress, cancellation), cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Unavailable($"{e.Message.TrimEnd('.')}. What is scored so far is kept in {folder}; the same command goes on from there");
        }
    }

    private async Task<Result<BatchReport>> RunAsync(
        BatchScoringJob job, FileInfo input, string folder, ScoreCheckpoint? done, Func<string?, CancellationToken, Task<Result<IBatchModel>>> open,
        Action<BatchProgress> progress, CancellationToken cancellation)
    {
        if (!DuckDbDatabase.Open(new DuckDbOptions { MemoryLimit = Memory, Threads = 1, TempDirectory = Path.Combine(folder, "spill") }).TryGet(out var database, out var problem))
        {
            return problem;
        }

        using (database)
        {
            using var connection = database.Connect();
            if (!ScoreTableStore.Describe(connection, job.Input, cancellation).TryGet(out var table, out problem)
                || !ScoreTableStore.Count(connection, table, cancellation).TryGet(out var rows, out problem)
                || !(await open(done?.Model, cancellation)).TryGet(out var model, out problem)
                || !ScoreColumns.Match(table, model.Inputs, job.Features).TryGet(out var columns, out problem))
            {
                return problem;
            }

            if (rows == 0 || (job.Id is not null && table.TypeOf(job.Id) is null))
            {
                return Problem.Invalid(rows == 0 ? $"{job.Input} has no rows" : $"--id {job.Id}: is no column of {Path.GetFileName(job.Input)}; it has {string.Join(", ", table.Columns.Select(c => c.Name).Take(30))}");
            }

            if (Kept(job, table).Contains(job.PredictionColumn, StringComparer.OrdinalIgnoreCase))
            {
                return Twice(job.PredictionColumn);
            }

            if (done?.Digest != model.Digest)
            {
                done = null;
            }

            var (resumed, checkpoint) = (done?.Rows ?? 0, done ?? ScoreCheckpoint.Of(job, input, model));
            if (checkpoint.Rows < rows)
            {
                if (!(await ScoreAsync(job, folder, checkpoint, connection, table, columns, model, rows, progress, cancellation)).TryGet(out checkpoint, out problem))
                {
                    return problem;
                }
            }

            input.Refresh();
            if (checkpoint.Rows != rows || !checkpoint.IsOf(job, input))
            {
                return Problem.Conflict($"{job.Input} changed while it was being scored; nothing was written, run the command again");
            }

            return Publish(job, folder, checkpoint, connection, table, cancellation).Select(made => new BatchReport(job.Output, rows, resumed, checkpoint.Model, made));
        }
    }

    private async Task<Result<ScoreCheckpoint>> ScoreAsync(
        BatchScoringJob job, string folder, ScoreCheckpoint checkpoint, DuckDbConnection connection, ScoreTable table, ScoreColumns columns, IBatchModel model, long rows,
        Action<BatchProgress> progress, CancellationToken cancellation)
    {
        using var file = new PredictionFile(folder, checkpoint.Bytes);
        if (!ScoreTableStore.Read(connection, table, columns.Read, columns.Texts, checkpoint.Rows, cancellation).TryGet(out var stream, out var problem))
        {
            return problem;
        }

        using (stream)
        {
            // Stops what is still being asked when one batch has failed.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var asked = new Queue<(long First, Task<Result<Scores>> Scores)>();
            var (read, written, ended) = (checkpoint.Rows, checkpoint.Rows, false);
            var saved = time.GetTimestamp();
            progress(new BatchProgress(written, rows));
            try
            {
                while (!ended || asked.Count > 0)
                {
                    if (!ended && asked.Count < job.InFlight)
                    {
                        if (!stream.Next(job.BatchRows, cancellation).TryGet(out var batch, out problem))
                        {
                            return Problem.Invalid($"{job.Input} cannot be read after row {read}: {problem.Message.Split('\n')[0]}");
                        }

                        ended = batch.Rows == 0;
                        if (!ended)
                        {
                            asked.Enqueue((read, AskAsync(model, batch, stop.Token)));
                            read += batch.Rows;
                        }

                        continue;
                    }

                    var (first, scoring) = asked.Dequeue();
                    if (!(await scoring).TryGet(out var scores, out problem))
                    {
                        return problem with { Message = $"rows from {first}: {problem.Message}" };
                    }

                    var classes = scores.Probabilities is null ? [] : scores.Classes;
                    if (checkpoint.Classes is { } known && !known.SequenceEqual(classes))
                    {
                        return new Problem(ProblemCode.Internal, $"rows from {first}: the model names other classes ({string.Join(", ", classes)}) than before ({string.Join(", ", known)})");
                    }

                    await file.AppendAsync(scores, cancellation);
                    written += scores.Predictions.Count;
                    checkpoint = checkpoint with { Classes = classes, Rows = written, Bytes = file.Length };
                    if (time.GetElapsedTime(saved) >= CheckpointEvery || (ended && asked.Count == 0))
                    {
                        file.Sync();
                        checkpoint.Save(folder);
                        saved = time.GetTimestamp();
                    }

                    progress(new BatchProgress(written, rows));
                }
            }
            finally
            {
                await stop.CancelAsync();
                foreach (var (_, scoring) in asked)
                {
                    await ((Task)scoring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        return checkpoint;
    }

    /// <summary>A batch that is too large for the model's server is asked in halves.</summary>
    private static async Task<Result<Scores>> AskAsync(IBatchModel model, Frame batch, CancellationToken cancellation)
    {
        var asked = await model.ScoreAsync(batch, cancellation);
        if (asked.Problem is not { Code: ProblemCode.TooLarge } || batch.Rows < 2)
        {
            return asked.TryGet(out var scores, out _) && scores.Predictions.Count != batch.Rows
                ? new Problem(ProblemCode.Internal, $"The model answered {scores.Predictions.Count} rows of {batch.Rows}")
                : asked;
        }

        var half = batch.Rows / 2;
        if (!(await AskAsync(model, batch.Slice(0, half), cancellation)).TryGet(out var first, out var problem)
            || !(await AskAsync(model, batch.Slice(half, batch.Rows), cancellation)).TryGet(out var second, out problem))
        {
            return problem;
        }

        Column predictions = first.Predictions is NumericColumn numbers
            ? new NumericColumn(numbers.Name, [.. numbers.Values, .. ((NumericColumn)second.Predictions).Values])
            : new TextColumn(first.Predictions.Name, [.. ((TextColumn)first.Predictions).Values, .. ((TextColumn)second.Predictions).Values]);
        return new Scores(predictions, first.Probabilities is null ? null : [.. first.Probabilities, .. second.Probabilities!], first.Classes);
    }

    /// <summary>The output appears whole, in place of what was there; then the folder of the run goes.</summary>
    private static Result<IReadOnlyList<string>> Publish(
        BatchScoringJob job, string folder, ScoreCheckpoint checkpoint, DuckDbConnection connection, ScoreTable table, CancellationToken cancellation)
    {
        var type = checkpoint.PredictionType switch { "FP64" => "DOUBLE", "INT64" => "BIGINT", "BOOL" => "BOOLEAN", _ => "VARCHAR" };
        var made = new List<(string Name, string Type)> { (job.PredictionColumn, type) };
        made.AddRange((checkpoint.Classes ?? []).Select(c => ($"probability_{c}", "DOUBLE")));
        var kept = Kept(job, table);
        if (kept.Concat(made.Select(m => m.Name)).GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return Twice(twice.Key);
        }

        var csv = ScoreTableStore.IsCsv(job.Output)!.Value;
        var whole = Path.Combine(folder, csv ? "whole.csv" : "whole.parquet");
        if (!ScoreTableStore.Write(connection, table, job.Id, Path.Combine(folder, PredictionFile.Name), made, whole, csv, cancellation).TryGet(out _, out var problem))
        {
            return problem with { Message = $"{job.Output} cannot be written: {problem.Message.Split('\n')[0]}" };
        }

        using (var file = new FileStream(whole, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Flush(flushToDisk: true);
        }

        File.Move(whole, job.Output, overwrite: true);
        Directory.Delete(folder, recursive: true);
        return Result.From<IReadOnlyList<string>>([.. kept, .. made.Select(m => m.Name)]);
    }

    private static string[] Kept(BatchScoringJob job, ScoreTable table) => job.Id is null ? [.. table.Columns.Select(c => c.Name)] : [job.Id];

    private static Problem Twice(string column) => Problem.Invalid(
        $"The output would have two columns called '{column}'; name the new one with --prediction-column, or keep one column of the input with --id");

    private static Problem? Refuse(BatchScoringJob job, FileInfo input)
    {
        var outputFolder = Path.GetDirectoryName(job.Output);
        return ScoreTableStore.IsCsv(job.Input) is null || ScoreTableStore.IsCsv(job.Output) is null
            ? Problem.Invalid($"{(ScoreTableStore.IsCsv(job.Input) is null ? job.Input : job.Output)}: end the name in .csv or .parquet, which says how it is read and written")
            : !input.Exists ? Problem.NotFound($"The file {job.Input}")
            : job.Input == job.Output ? Problem.Invalid("Input and output are the same file")
            : !Directory.Exists(outputFolder) ? Problem.NotFound($"The folder {outputFolder}")
            : null;
    }
}
