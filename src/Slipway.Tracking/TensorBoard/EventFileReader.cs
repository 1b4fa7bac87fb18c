using System.Buffers;
using System.IO.Pipelines;
using Slipway.Tracking.Domain.TensorBoard;

namespace Slipway.Tracking.TensorBoard;

/// <summary>What an event file holds.</summary>
/// <param name="Problem">Where it cannot be read any further; null when all of it was. A record cut short at the end is no problem: the file may still be written.</param>
internal sealed record EventFile(IReadOnlyDictionary<string, Series> Tags, string? Problem);

/// <summary>Reads event files as a stream, a record at a time in memory.</summary>
internal static class EventFileReader
{
    /// <summary>Longer than any scalar; records of pictures may be, and are passed over as whole records all the same.</summary>
    private const int LongestRecord = 64 * 1024 * 1024;

    private const int MostPoints = 20_000;
    private const int MostTags = 2_000;

    public static async Task<EventFile> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var tags = new Dictionary<string, Series>(StringComparer.Ordinal);
        var found = new List<ScalarPoint>();
        var pipe = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var records = 0L;
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            var buffer = read.Buffer;
            RecordState state;
            while ((state = EventRecords.Take(ref buffer, LongestRecord, out var data)) == RecordState.Whole)
            {
                records++;
                Keep(data, found, tags);
            }

            if (state == RecordState.Corrupt)
            {
                await pipe.CompleteAsync();
                return new EventFile(tags, $"record {records + 1} is damaged: its checksum does not fit");
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                await pipe.CompleteAsync();
                return new EventFile(tags, null);
            }
        }
    }

    private static void Keep(ReadOnlySequence<byte> data, List<ScalarPoint> found, Dictionary<string, Series> tags)
    {
        found.Clear();
        ScalarEvents.Read(data.IsSingleSegment ? data.FirstSpan : data.ToArray(), found);
        foreach (var point in found)
        {
            if (tags.TryGetValue(point.Tag, out var series) || tags.Count < MostTags)
            {
                (series ?? (tags[point.Tag] = new Series(MostPoints))).Add(point);
            }
        }
    }
}
