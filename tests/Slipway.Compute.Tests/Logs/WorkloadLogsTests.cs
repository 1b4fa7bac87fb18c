using System.Text;
using Slipway.Compute.Logs;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Logs;

public sealed class WorkloadLogsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WorkloadLogs _logs = new(TimeProvider.System);

    [Fact]
    public async Task Lines_AreWholeHoweverTheyArrive()
    {
        using var log = _logs.Open(_folder.FullPath);
        foreach (var piece in new[] { "one\ntw", "o\nthr", "ee", "\r\nbar 1%\rbar 2%\r", "\nété\n", "" })
        {
            log.Write(LogStream.Output, Encoding.UTF8.GetBytes(piece));
        }

        log.Write(LogStream.Error, [0xff, (byte)'x', (byte)'\n', (byte)'e', (byte)'n', (byte)'d']);
        Assert.Equal(["one", "two", "three", "bar 1%", "bar 2%", "été", "\ufffdx"], await TextsAsync(0));
        log.Flush();
        var last = (await ReadAsync(0))[^1];
        Assert.Equal(("end", LogStream.Error), (last.Text, last.Stream));
        Assert.InRange(last.Time, DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.MaxValue);
    }

    [Fact]
    public async Task ALongLine_IsCutBetweenCharacters()
    {
        using var log = _logs.Open(_folder.FullPath);
        var text = "a" + string.Concat(Enumerable.Repeat("é", 20_000));
        log.Write(LogStream.Output, Encoding.UTF8.GetBytes(text + "\n"));
        var lines = await ReadAsync(0);
        Assert.True(lines.Count > 2);
        Assert.All(lines.SkipLast(1), l => Assert.True(l.Continues));
        Assert.Equal(text, string.Concat(lines.Select(l => l.Text)));
    }

    [Fact]
    public async Task AnyOffset_GoesOnWithAWholeLine()
    {
        using (var log = _logs.Open(_folder.FullPath, new LogLimits { MaxBytes = 64 * 1024 }))
        {
            for (var i = 0; i < 300; i++)
            {
                log.Write(LogStream.Output, Encoding.UTF8.GetBytes($"line {i}\n"));
            }
        }

        var all = await ReadAsync(0);
        Assert.Equal(300, all.Count);
        foreach (var i in new[] { 0, 1, 7, 150, 299 })
        {
            Assert.Equal(all[i].Text, (await ReadAsync(all[i].Offset))[0].Text);
            Assert.Equal(all.Skip(i + 1).FirstOrDefault()?.Text, (await ReadAsync(all[i].Next)).FirstOrDefault()?.Text);
            Assert.Equal(all.Skip(i + 1).FirstOrDefault()?.Text, (await ReadAsync(all[i].Offset + 3)).FirstOrDefault()?.Text);
        }

        Assert.Empty(await ReadAsync(all[^1].Next + 1000));
        Assert.Equal(["line 298", "line 299"], await TextsAsync(await _logs.TailOffsetAsync(_folder.FullPath, 2, CancellationToken.None)));
        Assert.Equal(0, await _logs.TailOffsetAsync(_folder.FullPath, 300, CancellationToken.None));
        Assert.Equal(0, await _logs.TailOffsetAsync(_folder.FullPath, 5000, CancellationToken.None));
        Assert.Empty(await TextsAsync(await _logs.TailOffsetAsync(_folder.FullPath, 0, CancellationToken.None)));
    }

    [Fact]
    public async Task OverTheLimit_TheMiddleIsLeftOut_WithANoteWhereItStood()
    {
        using (var log = _logs.Open(_folder.FullPath, new LogLimits { MaxBytes = 32 * 1024 }))
        {
            for (var i = 0; i < 5000; i++)
            {
                log.Write(LogStream.Output, Encoding.UTF8.GetBytes($"line {i:D6}\n"));
            }
        }

        var lines = await ReadAsync(0);
        Assert.Equal("line 000000", lines[0].Text);
        Assert.Equal("line 004999", lines[^1].Text);
        var note = Assert.Single(lines, l => l.Stream == LogStream.System);
        Assert.Contains("left out", note.Text, StringComparison.Ordinal);
        Assert.InRange(new DirectoryInfo(_folder.FullPath).EnumerateFiles().Sum(f => f.Length), 20_000, 32 * 1024);
        // A reader that stood in the part that is gone, as a slow follower would.
        Assert.Equal(lines[lines.ToList().IndexOf(note) + 1].Text, (await ReadAsync(note.Offset + 5000))[1].Text);
    }

    [Fact]
    public async Task AFollower_SeesEachLineWhenItComes_AndTheEnd()
    {
        var log = _logs.Open(_folder.FullPath);
        await using var lines = _logs.ReadAsync(_folder.FullPath, 0, follow: true, CancellationToken.None).GetAsyncEnumerator();
        var first = lines.MoveNextAsync();
        Assert.False(first.IsCompleted);
        log.Write(LogStream.Output, "a\n"u8);
        Assert.True(await first);
        Assert.Equal("a", lines.Current.Text);
        var second = lines.MoveNextAsync();
        Assert.False(second.IsCompleted);
        log.Say("slipway: stopped");
        Assert.True(await second);
        Assert.Equal(LogStream.System, lines.Current.Stream);
        log.Dispose();
        Assert.False(await lines.MoveNextAsync());
    }

    [Fact]
    public async Task AFollowerThatLeaves_IsCancelled()
    {
        using var log = _logs.Open(_folder.FullPath);
        using var leave = new CancellationTokenSource();
        await using var lines = _logs.ReadAsync(_folder.FullPath, 0, follow: true, leave.Token).GetAsyncEnumerator();
        var next = lines.MoveNextAsync();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALogRemovedUnderItsWriter_EndsItsReaders(bool follow)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var folder = _folder.File("removed");
        using var log = _logs.Open(folder);
        log.Write(LogStream.Output, "a\nb\n"u8);
        await using var lines = _logs.ReadAsync(folder, 0, follow, limit.Token).GetAsyncEnumerator();
        Assert.True(await lines.MoveNextAsync());

        Directory.Delete(folder, recursive: true);
        log.Write(LogStream.Output, "c\n"u8);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("b", lines.Current.Text);

        // A new reader finds no file, and does not look for one for ever.
        Assert.Empty(await CollectAsync(_logs.ReadAsync(folder, 0, follow, limit.Token)));
    }

    [Fact]
    public async Task AfterACrash_TheRestIsReadAndWrittenOn()
    {
        using (var log = _logs.Open(_folder.FullPath))
        {
            log.Write(LogStream.Output, "before\n"u8);
        }

        // A write that the crash cut in two.
        await File.AppendAllTextAsync(Directory.GetFiles(_folder.FullPath).Single(), "2026-01-01T00:00:00.0000000Z stdout F ha");
        Assert.Equal(["before"], await TextsAsync(0));
        using (var log = _logs.Open(_folder.FullPath))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            Assert.Equal(["before"], (await CollectAsync(_logs.ReadAsync(_folder.FullPath, 0, follow: false, limit.Token))).Select(l => l.Text));
            await using var lines = _logs.ReadAsync(_folder.FullPath, 0, follow: true, limit.Token).GetAsyncEnumerator();
            Assert.True(await lines.MoveNextAsync());
            var next = lines.MoveNextAsync();
            log.Write(LogStream.Output, "after\n"u8);
            Assert.True(await next);
            Assert.Equal("after", lines.Current.Text);
        }

        Assert.Equal(["before", "after"], (await TextsAsync(0)).Where(t => t is "before" or "after"));
        Assert.Empty(await CollectAsync(_logs.ReadAsync(_folder.File("nothing"), 0, follow: true, CancellationToken.None)));
    }

    [Fact]
    public void AMillionLines_TakeNoMemory()
    {
        using var log = _logs.Open(_folder.FullPath, new LogLimits { MaxBytes = 1 << 20 });
        var chunk = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a line of some thirty characters\n", 1000)));
        log.Write(LogStream.Output, chunk);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            log.Write(LogStream.Output, chunk);
        }

        // 33 MB went through. What is left are the names of some six hundred files.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20);
    }

    [Fact]
    public void OneWriterAtATime()
    {
        using var log = _logs.Open(_folder.FullPath);
        Assert.Throws<InvalidOperationException>(() => _logs.Open(_folder.FullPath));
    }

    public void Dispose() => _folder.Dispose();

    private Task<List<LogLine>> ReadAsync(long from) => CollectAsync(_logs.ReadAsync(_folder.FullPath, from, follow: false, CancellationToken.None));

    private async Task<IEnumerable<string>> TextsAsync(long from) => (await ReadAsync(from)).Select(l => l.Text);

    private static async Task<List<LogLine>> CollectAsync(IAsyncEnumerable<LogLine> lines)
    {
        var all = new List<LogLine>();
        await foreach (var line in lines)
        {
            all.Add(line);
        }

        return all;
    }
}
