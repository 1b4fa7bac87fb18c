using System.Text.Json;
using Slipway.Client.Archives;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Archives;

/// <summary>Gathers lines and sends them in requests of a few megabytes.</summary>
internal sealed class LineBatch(ArchivesClient client, string ns, string part)
{
    private const int Enough = 4 * 1024 * 1024;

    private readonly MemoryStream _lines = new();

    /// <summary>Experiments that the server answered with, by their id in the archive.</summary>
    public Dictionary<string, ImportedExperiment> Experiments { get; } = new(StringComparer.Ordinal);

    public async Task<Result<Unit>> AddAsync(ArchiveLine line, CancellationToken cancellation)
    {
        JsonSerializer.Serialize(_lines, line, ArchiveJson.Default.ArchiveLine);
        _lines.WriteByte((byte)'\n');
        return _lines.Length >= Enough ? await SendAsync(cancellation) : default(Unit);
    }

    public async Task<Result<Unit>> SendAsync(CancellationToken cancellation)
    {
        if (_lines.Length == 0)
        {
            return default(Unit);
        }

        var sent = await client.ImportAsync(ns, part, _lines.GetBuffer().AsMemory(0, (int)_lines.Length), cancellation);
        if (!sent.TryGet(out var answer, out var problem))
        {
            return problem;
        }

        foreach (var (there, here) in answer.Experiments)
        {
            Experiments[there] = here;
        }

        _lines.SetLength(0);
        return default(Unit);
    }
}
