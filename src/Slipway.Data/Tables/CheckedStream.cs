using Slipway.Data.Domain;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tables;

/// <summary>
/// Hands bytes on while checking that they are a table, so that an upload is refused at its first bad line and nothing of it is kept.
/// Throws <see cref="ProblemException"/> from a read: only a throw gets through the object store, which then discards what it has.
/// </summary>
/// <param name="expected"><c>csv</c>, <c>parquet</c>, or null to find out.</param>
internal sealed class CheckedStream(Stream inner, string? expected) : Stream
{
    private readonly CsvShape _shape = new();
    private readonly byte[] _magic = new byte[4];
    private int _magicRead;
    private string? _format;
    private bool _ended;

    /// <summary>Known after the first four bytes.</summary>
    public string Format => _format ?? FileTable.Csv;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (buffer.Length > 0)
        {
            Check(buffer.Span[..read]);
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        if (count > 0)
        {
            Check(buffer.AsSpan(offset, read));
        }

        return read;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Check(ReadOnlySpan<byte> bytes)
    {
        var problem = bytes.IsEmpty ? CheckEnd() : CheckBytes(bytes);
        if (problem is not null)
        {
            throw new ProblemException(problem);
        }
    }

    private Problem? CheckBytes(ReadOnlySpan<byte> bytes)
    {
        if (_format is null)
        {
            var taken = Math.Min(bytes.Length, _magic.Length - _magicRead);
            bytes[..taken].CopyTo(_magic.AsSpan(_magicRead));
            _magicRead += taken;
            bytes = bytes[taken..];
            if (_magicRead < _magic.Length)
            {
                return null;
            }

            if (Decide() is { } problem)
            {
                return problem;
            }
        }

        return _format == FileTable.Csv ? _shape.Feed(bytes) : null;
    }

    private Problem? CheckEnd()
    {
        if (_ended)
        {
            return null;
        }

        _ended = true;
        return (_format is null ? Decide() : null) ?? (_format == FileTable.Csv ? _shape.End() : null);
    }

    private Problem? Decide()
    {
        var head = _magic.AsSpan(0, _magicRead);
        _format = head.SequenceEqual("PAR1"u8) ? FileTable.Parquet : FileTable.Csv;
        if (expected is not null && expected != _format)
        {
            return Problem.Invalid(expected == FileTable.Parquet
                ? "The file is not Parquet (it does not begin with PAR1); send CSV with Content-Type text/csv"
                : "The file is Parquet, not CSV; send it with Content-Type application/vnd.apache.parquet");
        }

        return _format == FileTable.Csv ? _shape.Feed(head) : null;
    }
}
