using System.Buffers;
using Slipway.Tracking.Domain.TensorBoard;

namespace Slipway.Tracking.Tests.Domain.TensorBoard;

public sealed class EventRecordsTests
{
    [Fact]
    public void Checksum_IsThatOfKnownFiles()
    {
        // The first twelve bytes of every file that starts with a version record of 24 bytes.
        Assert.Equal(0x224B7FA3u, EventRecords.Masked([24, 0, 0, 0, 0, 0, 0, 0]));

        // CRC-32C of "123456789" is E3069283.
        Assert.Equal(System.Numerics.BitOperations.RotateRight(0xE3069283u, 15) + 0xA282EAD8u, EventRecords.Masked("123456789"u8));
    }

    [Fact]
    public void LengthBeyondTheLimit_IsTakenForDamage()
    {
        byte[] header = [24, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22];
        var buffer = new ReadOnlySequence<byte>(header);

        Assert.Equal(RecordState.Partial, EventRecords.Take(ref buffer, 24, out _));
        Assert.Equal(RecordState.Corrupt, EventRecords.Take(ref buffer, 23, out _));
    }
}
