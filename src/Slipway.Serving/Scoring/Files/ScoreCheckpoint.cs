using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Scoring.Files;

/// <summary>How far a run has come, beside its output. Written whole or not at all, and only after the predictions that it counts are on disk.</summary>
internal sealed record ScoreCheckpoint
{
    private const string Name = "checkpoint.json";

    public string Input { get; init; } = "";

    public long InputBytes { get; init; }

    public long InputWritten { get; init; }

    /// <summary>The model as it was asked for.</summary>
    public string Asked { get; init; } = "";

    public string? Id { get; init; }

    public IReadOnlyList<string> Features { get; init; } = [];

    public string PredictionColumn { get; init; } = "";

    /// <summary>The version that the run is pinned to.</summary>
    public string Model { get; init; } = "";

    public string Digest { get; init; } = "";

    public string PredictionType { get; init; } = "";

    /// <summary>Null until the first batch has told them.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    public long Rows { get; init; }

    /// <summary>Length of the predictions that count; what stands behind them is from a batch that was cut off.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether it is of the same work: the same file, unchanged, and the same questions.</summary>
    public bool IsOf(BatchScoringJob job, FileInfo input) =>
        Input == job.Input && InputBytes == input.Length && InputWritten == input.LastWriteTimeUtc.Ticks && Asked == job.Model && Id == job.Id
        && Features.SequenceEqual(job.Features ?? []) && PredictionColumn == job.PredictionColumn;

    public static ScoreCheckpoint Of(BatchScoringJob job, FileInfo input, IBatchModel model) => new()
    {
        Input = job.Input,
        InputBytes = input.Length,
        InputWritten = input.LastWriteTimeUtc.Ticks,
        Asked = job.Model,
        Id = job.Id,
        Features = job.Features ?? [],
        PredictionColumn = job.PredictionColumn,
        Model = model.Reference,
        Digest = model.Digest,
        PredictionType = model.PredictionType,
    };

    /// <summary>Null when there is none, or none that can be read: then the work begins anew.</summary>
    public static ScoreCheckpoint? Load(string folder)
    {
        try
        {
            using var file = File.OpenRead(Path.Combine(folder, Name));
            return JsonSerializer.Deserialize(file, ScoreFilesJson.Default.ScoreCheckpoint);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Save(string folder)
    {
        var temporary = Path.Combine(folder, Name + ".tmp");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, ScoreFilesJson.Default.ScoreCheckpoint);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(folder, Name), overwrite: true);
    }
}

[JsonSerializable(typeof(ScoreCheckpoint))]
internal sealed partial class ScoreFilesJson : JsonSerializerContext;
