using System.Buffers;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>The blocks of one answer, in an array of the shared pool.</summary>
internal sealed class PooledBlock(int length) : IDisposable
{
    private byte[]? _bytes = length == 0 ? [] : ArrayPool<byte>.Shared.Rent(length);

    public int Length { get; } = length;

    public Memory<byte> Memory => (_bytes ?? throw new ObjectDisposedException(nameof(PooledBlock))).AsMemory(0, Length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { Length: > 0 } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
