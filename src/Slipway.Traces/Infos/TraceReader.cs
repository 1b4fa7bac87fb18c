using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Traces.Domain;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Infos;

/// <param name="Spans">Each as MLflow's trace files have it.</param>
internal sealed record WholeTrace(TraceInfo Info, IReadOnlyList<string> Spans);

/// <summary>
/// Reads traces with their spans, wherever these are: in the tables when they came by OpenTelemetry, or in the file traces.json that older clients
/// store among the artifacts.
/// </summary>
internal sealed class TraceReader(IDatabase database, IArtifactFiles files)
{
    /// <summary>More than that is no trace file that this server reads as a whole; the client can still download it.</summary>
    private const int MostFileBytes = 256 << 20;

    private const string FileName = "traces.json";

    /// <summary>In the order of the ids. A trace that says how many spans it has is left out until they are there.</summary>
    public async Task<IReadOnlyList<WholeTrace>> CompleteAsync(string ns, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var (infos, spans) = await LoadAsync(ns, ids, cancellation);
        var whole = new List<WholeTrace>();
        foreach (var info in infos)
        {
            if (!InStore(info))
            {
                if ((await FromFileAsync(ns, info, cancellation)) is { } stored)
                {
                    whole.Add(new WholeTrace(info, stored));
                }
            }
            else if (spans[info.Id].ToArray() is { Length: > 0 } rows && rows.Length >= Expected(info))
            {
                whole.Add(new WholeTrace(info, [.. rows.Select(r => r.Content)]));
            }
        }

        return whole;
    }

    /// <summary>One trace with the spans that are there so far; NotFound when there is no trace.</summary>
    /// <param name="partial">False: NotFound, with other words, as long as spans are missing.</param>
    public async Task<Result<WholeTrace>> GetAsync(string ns, string id, bool partial, CancellationToken cancellation)
    {
        var (infos, spans) = await LoadAsync(ns, [id], cancellation);
        if (infos is not [var info])
        {
            return new Problem(ProblemCode.NotFound, $"Trace with ID {id} is not found.");
        }

        if (!InStore(info) && await FromFileAsync(ns, info, cancellation) is { } stored)
        {
            return new WholeTrace(info, stored);
        }

        string[] rows = [.. spans[id].Select(r => r.Content)];
        return partial || (rows.Length > 0 && rows.Length >= Expected(info))
            ? new WholeTrace(info, rows)
            : new Problem(ProblemCode.NotFound, $"Trace with ID {id} is not fully exported yet, please try again later.");
    }

    private async Task<(IReadOnlyList<TraceInfo> Infos, ILookup<string, SpanRow> Spans)> LoadAsync(string ns, IReadOnlyList<string> ids, CancellationToken cancellation) =>
        ids.Count == 0 ? ([], Array.Empty<SpanRow>().ToLookup(s => s.TraceId)) : await database.ReadAsync(
            async (session, _) => (await TraceStore.LoadAsync(session, ns, ids), await SpanStore.OfTracesAsync(session, ns, ids)), cancellation);

    private static bool InStore(TraceInfo info) => info.Tags.GetValueOrDefault(TraceKeys.SpansLocationTag) == TraceKeys.InStore;

    private static long Expected(TraceInfo info) =>
        info.Metadata.TryGetValue(TraceKeys.SizeStats, out var stats) && JsonText.Parse(stats) is JsonObject counts
        && counts["num_spans"] is JsonValue value && value.TryGetValue<long>(out var expected) ? expected : 0;

    private async Task<IReadOnlyList<string>?> FromFileAsync(string ns, TraceInfo info, CancellationToken cancellation)
    {
        if (!info.Tags.TryGetValue(TraceKeys.ArtifactLocationTag, out var folder)
            || !(await files.FindAsync(ns, $"{folder}/{FileName}", cancellation)).TryGet(out var file, out _) || file.Bytes > MostFileBytes
            || !(await files.OpenAsync(ns, $"{folder}/{FileName}", 0, null, cancellation)).TryGet(out var content, out _))
        {
            return null;
        }

        await using (content)
        {
            try
            {
                var trace = await JsonNode.ParseAsync(content, documentOptions: new JsonDocumentOptions { MaxDepth = 256, AllowDuplicateProperties = false }, cancellationToken: cancellation);
                return trace?["spans"] is JsonArray spans ? [.. spans.OfType<JsonObject>().Select(JsonText.Of)] : null;
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}
