using System.Diagnostics;
using System.Globalization;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Conformance;

/// <summary>
/// A second process that writes until it is killed: the test program itself, started again with <see cref="Variable"/> set to a data folder. It prints
/// each number when, and only when, its write has been acknowledged.
/// </summary>
public static class CrashingWriter
{
    public const string Variable = "SLIPWAY_TEST_CRASHING_WRITER";
    private const int Writers = 8;

    /// <summary>Call first thing in the test program; does not return in the second process.</summary>
    public static void TakeOverIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder)
        {
            WriteForeverAsync(folder).GetAwaiter().GetResult();
        }
    }

    /// <summary>Kills the writer with SIGKILL after <paramref name="acknowledged"/> writes; returns every number it had acknowledged.</summary>
    public static async Task<IReadOnlyList<long>> RunAndKillAsync(string dataFolder, int acknowledged)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[Variable] = dataFolder;

        // A killed process cannot tidy up; what it leaves goes with the test's folder.
        start.Environment["TMPDIR"] = dataFolder;
        using var process = Process.Start(start)!;
        var numbers = new List<long>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut off by the kill: then it was not acknowledged to anybody.
            if (line.EndsWith('.'))
            {
                numbers.Add(long.Parse(line.AsSpan()[..^1], CultureInfo.InvariantCulture));
            }

            if (numbers.Count == acknowledged)
            {
                process.Kill();
            }
        }

        await process.WaitForExitAsync();
        return numbers;
    }

    private static async Task WriteForeverAsync(string folder)
    {
        await using var floor = await TestFloor.OpenAsync(new DatabaseUrl.Sqlite(Path.Combine(folder, "slipway.db")));
        await floor.Database.WriteAsync<int>(
            async (s, _) => await s.ExecuteAsync("CREATE TABLE IF NOT EXISTS notes (sequence BIGINT NOT NULL PRIMARY KEY)"), CancellationToken.None);
        var output = Console.OpenStandardOutput();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            while (true)
            {
                var written = await floor.Database.WriteAsync<long>(NoteAsync, CancellationToken.None);
                var line = System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{written.OrThrow()}.\n"));
                lock (output)
                {
                    output.Write(line);
                }
            }
        }));
    }

    private static async Task<Kernel.Problems.Result<long>> NoteAsync(IWriteSession session, CancellationToken cancellation)
    {
        var sequence = await session.AppendAsync(new EventDraft("note.made", "", "notes", "{}"u8.ToArray()));
        await session.ExecuteAsync("INSERT INTO notes (sequence) VALUES (@sequence)", new { sequence });
        return sequence;
    }
}
