using System.Diagnostics;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Platform.Tests.Objects;

public sealed class FileObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task DamagedFile_FailsAWholeRead_NamingTheObject_AndPuttingItAgainAfterDeletionHeals()
    {
        var store = Open();
        var id = (await store.PutBytesAsync(Bytes(300_000), None)).OrThrow().Sha256;
        var path = (await store.LocalPathAsync(id, None)).OrThrow();
        var damaged = await File.ReadAllBytesAsync(path);
        damaged[150_000] ^= 1;
        await File.WriteAllBytesAsync(path, damaged);
        var failure = await Assert.ThrowsAsync<ProblemException>(() => store.GetBytesAsync(id, None));
        Assert.Contains(id, failure.Message, StringComparison.Ordinal);
        Assert.True(await store.DeleteAsync(id, None));
        await store.PutBytesAsync(Bytes(300_000), None);
        Assert.True((await store.GetBytesAsync(id, None)).Succeeded);
    }

    [Fact]
    public async Task CutOffFile_FailsAWholeRead_AndIsReplacedByTheNextPut()
    {
        var store = Open();
        var id = (await store.PutBytesAsync(Bytes(1000), None)).OrThrow().Sha256;
        await File.WriteAllBytesAsync((await store.LocalPathAsync(id, None)).OrThrow(), Bytes(1000)[..500]);
        await Assert.ThrowsAsync<ProblemException>(() => store.GetBytesAsync(id, None));
        await store.PutBytesAsync(Bytes(1000), None);
        Assert.Equal(Bytes(1000), (await store.GetBytesAsync(id, None)).OrThrow());
    }

    [Fact]
    public async Task BrokenUpload_LeavesNothing()
    {
        var store = Open();
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync(new BreakingStream(), null, None));
        Assert.Empty(Directory.EnumerateFiles(_folder.FullPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task UploadLeftByACrash_IsSweptAtStart()
    {
        var kept = (await Open().PutBytesAsync(Bytes(10), None)).OrThrow().Sha256;
        await File.WriteAllTextAsync(Path.Combine(_folder.FullPath, ".incoming", "stray"), "half");
        var store = Open();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.FullPath, ".incoming")));
        Assert.NotNull(await store.FindAsync(kept, None));
    }

    [Fact]
    public async Task FullDisk_IsUnavailable_NamingTheFolder_AndLeavesNothing()
    {
        var small = _folder.File("small");
        Directory.CreateDirectory(small);
        if (!await RanAsync("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small))
        {
            Assert.Skip("A small disk can be mounted by root only.");
        }

        try
        {
            var store = new FileObjectStore(small, long.MaxValue);
            var refused = (await store.PutBytesAsync(Bytes(1_000_000), None)).Problem;
            Assert.Equal(ProblemCode.Unavailable, refused?.Code);
            Assert.Contains(small, refused!.Message, StringComparison.Ordinal);
            Assert.True((await store.PutBytesAsync(Bytes(1000), None)).Succeeded);
        }
        finally
        {
            await RanAsync("umount", small);
        }
    }

    protected override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(Open());

    private FileObjectStore Open() => new(_folder.FullPath, long.MaxValue);

    private static async Task<bool> RanAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    /// <summary>A client that goes away in the middle.</summary>
    private sealed class BreakingStream : MemoryStream
    {
        private bool _begun;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_begun)
            {
                throw new IOException("gone");
            }

            _begun = true;
            return ValueTask.FromResult(100);
        }
    }
}
