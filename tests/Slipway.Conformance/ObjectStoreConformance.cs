using System.Security.Cryptography;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Conformance;

/// <summary>What every object store must do alike.</summary>
public abstract class ObjectStoreConformance
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_003)]
    public async Task PutThenGet_GivesTheSameBytes_UnderTheirHash(int size)
    {
        var store = await OpenAsync();
        var bytes = Bytes(size);
        var digest = (await store.PutBytesAsync(bytes, None)).OrThrow();
        Assert.Equal(new ObjectDigest(Convert.ToHexStringLower(SHA256.HashData(bytes)), size), digest);
        Assert.Equal(digest, await store.FindAsync(digest.Sha256, None));
        Assert.Equal(bytes, (await store.GetBytesAsync(digest.Sha256, None)).OrThrow());
        Assert.Equal(bytes, await File.ReadAllBytesAsync((await store.LocalPathAsync(digest.Sha256, None)).OrThrow()));
    }

    [Theory]
    [InlineData(0, 10L)]
    [InlineData(90, 10L)]
    [InlineData(90, 1000L)]
    [InlineData(100, null)]
    [InlineData(37, null)]
    [InlineData(5, 0L)]
    public async Task Range_GivesThatPart(int offset, long? length)
    {
        var store = await OpenAsync();
        var bytes = Bytes(100);
        var id = (await store.PutBytesAsync(bytes, None)).OrThrow().Sha256;
        await using var stream = (await store.OpenAsync(id, offset, length, None)).OrThrow();
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        Assert.Equal(bytes.Skip(offset).Take((int)(length ?? int.MaxValue)), read.ToArray());
    }

    [Theory]
    [InlineData(-1, 5L)]
    [InlineData(0, -5L)]
    [InlineData(101, null)]
    public async Task RangeOutside_IsInvalid(int offset, long? length)
    {
        var store = await OpenAsync();
        var id = (await store.PutBytesAsync(Bytes(100), None)).OrThrow().Sha256;
        Assert.Equal(ProblemCode.Invalid, (await store.OpenAsync(id, offset, length, None)).Problem?.Code);
    }

    [Fact]
    public async Task SameContentFromManySides_IsKeptOnce()
    {
        var store = await OpenAsync();
        var digests = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await store.PutBytesAsync(Bytes(5000), None)).OrThrow()));
        Assert.Single(digests.Distinct());
        Assert.True(await store.DeleteAsync(digests[0].Sha256, None));
        Assert.False(await store.DeleteAsync(digests[0].Sha256, None));
        Assert.Null(await store.FindAsync(digests[0].Sha256, None));
    }

    [Fact]
    public async Task TooLarge_IsRefused_AndNothingStays()
    {
        var store = await OpenAsync();
        using var content = new MemoryStream(Bytes(1001));
        Assert.Equal(ProblemCode.TooLarge, (await store.PutAsync(content, 1000, None)).Problem?.Code);
        Assert.Null(await store.FindAsync(Convert.ToHexStringLower(SHA256.HashData(Bytes(1001))), None));
        using var fits = new MemoryStream(Bytes(1000));
        Assert.True((await store.PutAsync(fits, 1000, None)).Succeeded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    [InlineData("..cdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789")]
    [InlineData("ab/def0123456789abcdef0123456789abcdef0123456789abcdef0123456789")]
    public async Task OtherThanAHash_IsNoId(string id)
    {
        var store = await OpenAsync();
        Assert.Equal(ProblemCode.Invalid, (await store.OpenAsync(id, 0, null, None)).Problem?.Code);
        Assert.Equal(ProblemCode.Invalid, (await store.LocalPathAsync(id, None)).Problem?.Code);
        Assert.Null(await store.FindAsync(id, None));
        Assert.False(await store.DeleteAsync(id, None));
    }

    [Fact]
    public async Task Unknown_IsNotFound()
    {
        var store = await OpenAsync();
        var id = new string('0', 64);
        Assert.Equal(ProblemCode.NotFound, (await store.OpenAsync(id, 0, null, None)).Problem?.Code);
        Assert.Equal(ProblemCode.NotFound, (await store.LocalPathAsync(id, None)).Problem?.Code);
    }

    protected abstract Task<IObjectStore> OpenAsync();

    protected static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
