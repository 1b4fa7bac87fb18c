using System.Security.Cryptography;

namespace Slipway.Tracking.Tests.Artifacts;

/// <summary>What is allocated is counted for the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

/// <summary>Large files pass through without filling the memory.</summary>
[Collection(nameof(Alone))]
public class StreamingTests
{
    private const long Size = 200L << 20;

    [Fact]
    public async Task TwoHundredMegabytes_PassUpAndDownWithoutBeingHeld()
    {
        await using var host = await ArtifactHost.StartAsync();
        await host.StoreAsync("warm", new byte[1 << 20]);
        await host.LoadAsync("warm");
        var before = GC.GetTotalAllocatedBytes(precise: true);

        using var content = new Numbers(Size);
        using var upload = new StreamContent(content, 64 << 10);
        using var put = await host.Http.PutAsync(host.Raw(ArtifactHost.Proxy + "/big.bin"), upload);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());

        using var answer = await host.Http.GetAsync(host.Raw(ArtifactHost.Proxy + "/big.bin"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(Size, answer.Content.Headers.ContentLength);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[64 << 10];
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
        }

        Assert.Equal(put.Headers.ETag!.Tag.Trim('"'), Convert.ToHexStringLower(hash.GetHashAndReset()));

        // Client and server share this process; both together allocate less than a quarter of what passed, and almost all of it is gone at once.
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(allocated < Size / 2, $"{allocated >> 20} MiB allocated for {2 * Size >> 20} MiB that passed");
    }

    /// <summary>Bytes that are made when they are read.</summary>
    private sealed class Numbers(long size) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => size;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, size - _position);
            for (var i = 0; i < read; i++)
            {
                buffer[offset + i] = (byte)((_position + i) * 31 >> 7);
            }

            _position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
