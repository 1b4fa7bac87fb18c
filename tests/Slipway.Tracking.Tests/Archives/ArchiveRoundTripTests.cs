using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Archives;

namespace Slipway.Tracking.Tests.Archives;

public sealed class ArchiveRoundTripTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-archive-").FullName;

    [Theory]
    [InlineData("store.db")]
    [InlineData("mlruns")]
    public async Task WrittenArchive_ReadsAsItWas(string name)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var path = Path.Join(_folder, name);
        await WriteAsync(path, ArchiveSamples.Lines);

        await using var archive = (await new MlflowArchives().OpenAsync(path, null, null, cancellation)).OrThrow();
        var read = await ArchiveSamples.ReadAllAsync(archive, cancellation);

        Assert.Equal(Texts(ArchiveSamples.Lines), Texts(read));
        Assert.Equal((2L, 2L, 1L, 1L, 2L), (archive.Summary.Experiments, archive.Summary.Runs, archive.Summary.LoggedModels, archive.Summary.Models, archive.Summary.Versions));
    }

    [Theory]
    [InlineData("store.db")]
    [InlineData("mlruns")]
    public async Task FilesOfARun_AreFoundWhereTheWriterPlacedThem(string name)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var path = Path.Join(_folder, name);
        var run = ArchiveSamples.Lines.First(l => l.Run is not null).Run!;
        string uri;
        await using (var writer = (await new MlflowArchives().CreateAsync(path, cancellation)).OrThrow())
        {
            (uri, var folder) = writer.PlaceOf(run.ArtifactUri);
            Directory.CreateDirectory(Path.Join(folder, "sub"));
            await File.WriteAllTextAsync(Path.Join(folder, "sub", "ä b.txt"), "hello", cancellation);
            (await writer.WriteAsync(ArchiveSamples.Lines[0], cancellation)).OrThrow();
            (await writer.WriteAsync(new ArchiveLine { Run = run with { ArtifactUri = uri } }, cancellation)).OrThrow();
            (await writer.CompleteAsync(cancellation)).OrThrow();
        }

        await using var archive = (await new MlflowArchives().OpenAsync(path, null, null, cancellation)).OrThrow();
        var files = archive.FindFiles(uri);

        var file = Assert.Single(files!);
        Assert.Equal(("sub/ä b.txt", 5L), (file.Path, file.Bytes));
        Assert.Null(archive.FindFiles("s3://bucket/x"));
    }

    [Fact]
    public async Task MovedMlrunsFolder_StillFindsItsFiles()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var path = Path.Join(_folder, "mlruns");
        await WriteAsync(path, ArchiveSamples.Lines.Take(4));
        await File.WriteAllTextAsync(Path.Join(path, "7", ArchiveSamples.Run, "artifacts", "a.txt"), "x", cancellation);
        Directory.Move(path, Path.Join(_folder, "elsewhere"));

        await using var archive = (await new MlflowArchives().OpenAsync(Path.Join(_folder, "elsewhere"), null, null, cancellation)).OrThrow();

        Assert.Equal("a.txt", Assert.Single(archive.FindFiles(new Uri(Path.Join(path, "7", ArchiveSamples.Run, "artifacts")).AbsoluteUri)!).Path);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a//b")]
    [InlineData("/etc/x")]
    public async Task NameThatNoFileCanHave_IsRefusedInWords(string key)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var writer = (await new MlflowArchives().CreateAsync(Path.Join(_folder, "mlruns"), cancellation)).OrThrow();
        var run = ArchiveSamples.Lines.First(l => l.Run is not null).Run! with { Params = ArchiveSamples.Map((key, "1")) };

        var written = await writer.WriteAsync(new ArchiveLine { Run = run }, cancellation);

        Assert.False(written.TryGet(out _, out var problem));
        Assert.Contains(key, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoArchive_IsRefusedInWords()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var text = Path.Join(_folder, "notes.txt");
        await File.WriteAllTextAsync(text, "this is not a database, however long it may be", cancellation);

        foreach (var (source, words) in new[] { (Path.Join(_folder, "none"), "none"), (_folder, "no experiments"), (text, "cannot read"), ("postgresql:nowhere", "postgresql://") })
        {
            Assert.False((await new MlflowArchives().OpenAsync(source, null, null, cancellation)).TryGet(out _, out var problem));
            Assert.Contains(words, problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TargetThatExists_IsNotTouched()
    {
        var path = Path.Join(_folder, "there.db");
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);

        Assert.False((await new MlflowArchives().CreateAsync(path, TestContext.Current.CancellationToken)).TryGet(out _, out var problem));
        Assert.Equal(ProblemCode.AlreadyExists, problem.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    internal static async Task WriteAsync(string path, IEnumerable<ArchiveLine> lines)
    {
        await using var writer = (await new MlflowArchives().CreateAsync(path, TestContext.Current.CancellationToken)).OrThrow();
        foreach (var line in lines)
        {
            (await writer.WriteAsync(line, TestContext.Current.CancellationToken)).OrThrow();
        }

        (await writer.CompleteAsync(TestContext.Current.CancellationToken)).OrThrow();
    }

    // Compared as sorted JSON: maps have no order, and runs and points come in the store's own. An experiment's place is the writer's to choose.
    private static IReadOnlyList<string> Texts(IEnumerable<ArchiveLine> lines) =>
        [.. lines.SelectMany(Flat).Select(l => Sorted(JsonSerializer.SerializeToNode(l, ArchiveJson.Default.ArchiveLine))!.ToJsonString()).Order(StringComparer.Ordinal)];

    private static IEnumerable<ArchiveLine> Flat(ArchiveLine line) => line switch
    {
        { Experiment: { } e } => [line with { Experiment = e with { ArtifactLocation = null } }],
        { Metrics: { } m } => m.Times.Select((time, i) => new ArchiveLine { Metrics = new ArchivedMetrics(m.RunId, m.Key, [time], [m.Steps[i]], [m.Values[i]]) }),
        _ => [line],
    };

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
