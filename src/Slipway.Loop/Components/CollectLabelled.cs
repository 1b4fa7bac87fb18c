using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary>
/// <c>slipway/collect-labelled</c>: the first training window and every served row whose label has come back, in time order, as a dataset version.
/// Content-addressed, so doing it again makes nothing new. Outputs dataset, version, digest, rows.
/// </summary>
internal sealed class CollectLabelled(IDatasets datasets, IPredictionLog predictions) : IPipelineComponent
{
    /// <summary>The planted fault spoils this share of the newest rows: all that the model is compared on, and more.</summary>
    private const double CorruptedShare = 0.5;

    public string Name => "slipway/collect-labelled";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (!ComponentInputs.Subject(context.Inputs).TryGet(out var subject, out var problem)
            || !ComponentInputs.Instant(context.Inputs, "until").TryGet(out var until, out problem)
            || !(await datasets.GetVersionAsync(context.Namespace, subject.Dataset, subject.DatasetVersion, cancellation)).TryGet(out var version, out problem)
            || !(await datasets.ReadAsync(version, new DatasetQuery { Columns = [subject.Time, .. subject.Features, subject.Target] }, cancellation)).TryGet(out var all, out problem))
        {
            return problem;
        }

        var table = all.Slice(subject.TrainFromRow, subject.TrainEndRow);
        if (until is { } limit && subject.TrainEndRow < all.Rows)
        {
            var served = await ServedAsync(context.Namespace, subject, ((TimeColumn)all[subject.Time]).At(subject.TrainEndRow), limit, cancellation);
            table = served.Rows == 0 ? table : TrainingTable.Stack(table, served);
        }

        var known = TrainingTable.Known(table[subject.Target]);
        table = known.Length == table.Rows ? table : table.Take(known);
        if (ComponentInputs.Text(context.Inputs, "fault") == "corrupt-labels")
        {
            table = table.With(Corrupt(table[subject.Target], subject));
            context.Log("planted fault: the newest labels were corrupted");
        }

        var source = $"pipeline-run:{context.RunId}";
        if (!(await datasets.AddFrameAsync(context.Namespace, $"{subject.Model}-training", source, table, cancellation)).TryGet(out var added, out problem))
        {
            return problem;
        }

        context.Log($"{added.Rows} labelled rows as {added.Display}");
        return new JsonObject { ["dataset"] = added.Name, ["version"] = added.Digest, ["digest"] = added.Digest, ["rows"] = added.Rows };
    }

    private async Task<Frame> ServedAsync(string ns, Subject subject, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var logged = await predictions.ReadAsync(ns, subject.Service, from, until, cancellation);
        int[] rows = [.. Enumerable.Range(0, logged.Rows).Where(i => logged.Served[i] && !logged.Labels.IsMissing(i))];
        if (rows.Length == 0)
        {
            return new Frame([]);
        }

        var time = new TimeColumn(subject.Time, Array.ConvertAll(rows, r => TimeColumn.ToMicros(logged.EventTimes[r])));
        return new Frame(
        [
            time,
            .. subject.Features.Select(f => logged.Inputs[f].Take(rows)),
            Renamed(logged.Labels.Take(rows), subject.Target),
        ]);
    }

    private static Column Renamed(Column column, string name) => column switch
    {
        NumericColumn numbers => new NumericColumn(name, numbers.Values),
        TextColumn text => new TextColumn(name, text.Values),
        TimeColumn time => new TimeColumn(name, time.Micros),
        _ => throw new InvalidOperationException($"Column '{column.Name}' is of an unknown kind"),
    };

    /// <summary>What a broken upstream join does: numbers lose their scale, classes move on by one.</summary>
    private static Column Corrupt(Column target, Subject subject)
    {
        var first = (int)(target.Count * (1 - CorruptedShare));
        if (subject.Task == LearningTask.Regression)
        {
            return new NumericColumn(target.Name, [.. ((NumericColumn)target).Values.Select((v, i) => i < first ? v : v * 0.4)]);
        }

        var labels = ((TextColumn)TrainingTable.AsText(target)).Values;
        string[] classes = [.. labels.OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        return new TextColumn(
            target.Name, [.. labels.Select((l, i) => i < first || l is null ? l : classes[(Array.IndexOf(classes, l) + 1) % classes.Length])]);
    }
}
