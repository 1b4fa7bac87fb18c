using System.Security.Cryptography;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Objects;

/// <summary>
/// Part or all of an object. A read of the whole is hashed as it passes, and its last read throws <see cref="ProblemException"/> when the content is not
/// what its name says; a stream can only throw.
/// </summary>
internal sealed class ObjectStream : Stream
{
    private readonly FileStream _file;
    private readonly string _sha256;
    private readonly IncrementalHash? _hash;
    private readonly long _length;
    private long _position;
    private bool _checked;

    public ObjectStream(FileStream file, string sha256, long offset, long length)
    {
        (_file, _sha256, _length) = (file, sha256, length);
        _hash = offset == 0 && length == file.Length ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        _file.Position = offset;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("Open the object at the offset instead.");
    }

    public override int Read(Span<byte> buffer) => Passed(_file.Read(buffer[..Take(buffer.Length)]), buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _file.ReadAsync(buffer[..Take(buffer.Length)], cancellationToken);
        return Passed(read, buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash?.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Take(int wanted) => (int)Math.Min(wanted, _length - _position);

    private int Passed(int read, ReadOnlySpan<byte> buffer)
    {
        _position += read;
        if (_hash is null || _checked)
        {
            return read;
        }

        _hash.AppendData(buffer[..read]);

        // Checked with the last byte, not after it: a reader that knows the length never asks for the end.
        if (_position == _length || (read == 0 && buffer.Length > 0))
        {
            _checked = true;
            if (Convert.ToHexStringLower(_hash.GetHashAndReset()) != _sha256)
            {
                throw new ProblemException(Problem.Unavailable(
                    $"object {_sha256} is damaged: its content no longer has that hash; restore {_file.Name} from a backup, or delete it and upload it again"));
            }
        }

        return read;
    }
}
