using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Platform.Events;

/// <summary>
/// The hash that ties each event to the one before it: SHA-256 over a version tag, the previous hash and every field. Each field of variable
/// length is preceded by its length in bytes, so that no two different events have the same encoding. Numbers are big-endian.
/// </summary>
public static class EventChain
{
    /// <summary>The previous hash of the first event.</summary>
    public const string Genesis = "";

    private static ReadOnlySpan<byte> Version => "slipway.event.1"u8;

    /// <param name="previous">Lower-case hex of the event before, or <see cref="Genesis"/>.</param>
    /// <param name="micros">Microseconds since the Unix epoch.</param>
    /// <returns>Lower-case hex, 64 characters.</returns>
    public static string Hash(
        string previous, long sequence, long micros, string type, string ns, string subject, string actor, ReadOnlySpan<byte> payload)
    {
        var most = Version.Length + (Encoding.UTF8.GetMaxByteCount(previous.Length + type.Length + ns.Length + subject.Length + actor.Length) + 64);
        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            var at = 0;
            Version.CopyTo(rented);
            at += Version.Length;
            at += PutText(rented.AsSpan(at), previous);
            BinaryPrimitives.WriteInt64BigEndian(rented.AsSpan(at), sequence);
            BinaryPrimitives.WriteInt64BigEndian(rented.AsSpan(at + 8), micros);
            at += 16;
            at += PutText(rented.AsSpan(at), type);
            at += PutText(rented.AsSpan(at), ns);
            at += PutText(rented.AsSpan(at), subject);
            at += PutText(rented.AsSpan(at), actor);
            BinaryPrimitives.WriteInt32BigEndian(rented.AsSpan(at), payload.Length);
            at += 4;

            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            sha.AppendData(rented.AsSpan(0, at));
            sha.AppendData(payload);
            sha.GetHashAndReset(hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int PutText(Span<byte> target, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text, target[4..]);
        BinaryPrimitives.WriteInt32BigEndian(target, bytes);
        return bytes + 4;
    }
}
