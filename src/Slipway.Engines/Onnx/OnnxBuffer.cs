using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Slipway.Engines.Onnx;

/// <summary>
/// Pooled memory that the garbage collector does not move, so that a model reads it without a copy and without pinning it per call.
/// Fill it, pass it to <see cref="OnnxInput"/>, run, dispose. It is managed memory: a forgotten buffer is collected, and a span into
/// it can never dangle; but after Dispose its content belongs to the next renter.
/// </summary>
public sealed class OnnxBuffer : IDisposable
{
    private const int SmallestPower = 8;
    private const int LargestPooledPower = 24;
    private const int KeptPerSize = 32;

    private static readonly ConcurrentQueue<byte[]>[] Pool =
        [.. Enumerable.Range(0, LargestPooledPower - SmallestPower + 1).Select(_ => new ConcurrentQueue<byte[]>())];

    private byte[]? _bytes;

    private OnnxBuffer(byte[] bytes, int length) => (_bytes, Length) = (bytes, length);

    /// <summary>Bytes asked for.</summary>
    public int Length { get; }

    internal byte[] Array => _bytes ?? throw new ObjectDisposedException(nameof(OnnxBuffer));

    /// <summary>At least <paramref name="bytes"/> bytes, with whatever content the last renter left.</summary>
    public static OnnxBuffer Rent(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var power = PowerFor(bytes);
        if (power > LargestPooledPower)
        {
            return new OnnxBuffer(GC.AllocateUninitializedArray<byte>(bytes, pinned: true), bytes);
        }

        return Pool[power - SmallestPower].TryDequeue(out var kept)
            ? new OnnxBuffer(kept, bytes)
            : new OnnxBuffer(GC.AllocateUninitializedArray<byte>(1 << power, pinned: true), bytes);
    }

    /// <summary>The memory as elements of <typeparamref name="T"/>.</summary>
    public Span<T> As<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Array.AsSpan(0, Length));

    public void Dispose()
    {
        var bytes = Interlocked.Exchange(ref _bytes, null);
        if (bytes is null)
        {
            return;
        }

        var power = PowerFor(bytes.Length);
        if (power <= LargestPooledPower && Pool[power - SmallestPower] is { Count: < KeptPerSize } kept)
        {
            kept.Enqueue(bytes);
        }
    }

    private static int PowerFor(int bytes) => Math.Max(SmallestPower, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(bytes - 1, 0)));
}
