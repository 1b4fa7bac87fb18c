using Slipway.Tracking.Domain.TensorBoard;
using Slipway.Tracking.TensorBoard;

namespace Slipway.Tracking.Tests.TensorBoard;

public sealed class EventFileReaderTests
{
    /// <summary>
    /// Written by a writer of its own in another language: the version record; loss 2.0 and 0.5 and acc 0.25 as plain values; tf2 1.5 as a tensor's content; half 0.125 as a
    /// tensor's double at step -1, beside a tensor of the plugin "images".
    /// </summary>
    internal static readonly byte[] Sample = Convert.FromBase64String(
        "GAAAAAAAAACjf0siCQAAAED8VNlBGg1icmFpbi5FdmVudDoy7O2PnRoAAAAAAAAAEpvYLQkAAGBA/FTZQRAAKg0KCwoEbG9zcxUAAABAMC2GSSYAAAAAAAAAc0/jAAkAAKBA/FTZQRABKhkKCwoEbG9zcxUAAAA/CgoKA2FjYxUAAIA+N1Znri0AAAAAAAAAPEGK+wkAAOBA/FTZQRACKiAKHgoDdGYySgsKCQoHc2NhbGFyc0IKCAESACIEAADAPw5UNYhaAAAAAAAAABNvtL8JAAAgQfxU2UEQ////////////ASpECiEKBGhhbGZKCwoJCgdzY2FsYXJzQgwIAjIIAAAAAAAAwD8KHwoHcGljdHVyZUoKCggKBmltYWdlc0IICAEiBAAAEEFzkgKL");

    [Fact]
    public async Task FileOfAnotherWriter_GivesItsScalarsAndNothingElse()
    {
        var file = await ReadAsync(Sample);

        Assert.Null(file.Problem);
        Assert.Equal(["acc", "half", "loss", "tf2"], file.Tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new ScalarPoint("loss", 0, 1700000001.5, 2), new ScalarPoint("loss", 1, 1700000002.5, 0.5)], file.Tags["loss"].Points());
        Assert.Equal([new ScalarPoint("acc", 1, 1700000002.5, 0.25)], file.Tags["acc"].Points());
        Assert.Equal([new ScalarPoint("tf2", 2, 1700000003.5, 1.5)], file.Tags["tf2"].Points());
        Assert.Equal([new ScalarPoint("half", -1, 1700000004.5, 0.125)], file.Tags["half"].Points());
    }

    [Fact]
    public async Task FileCutAnywhere_GivesWhatIsWholeAndNoProblem()
    {
        for (var length = 0; length < Sample.Length; length++)
        {
            var file = await ReadAsync(Sample[..length]);

            Assert.Null(file.Problem);
            Assert.True(file.Tags.Values.Sum(s => s.Count) < 5);
        }
    }

    [Fact]
    public async Task EveryFlippedByte_IsSeen()
    {
        for (var at = 0; at < Sample.Length; at++)
        {
            byte[] damaged = [.. Sample];
            damaged[at] ^= 0x40;

            var file = await ReadAsync(damaged);

            Assert.NotNull(file.Problem);
            Assert.StartsWith("record ", file.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task BytesThatAreNoEvents_AreAProblemAndNothingElse()
    {
        var file = await ReadAsync([.. Enumerable.Range(0, 4096).Select(i => (byte)(i * 31))]);

        Assert.NotNull(file.Problem);
        Assert.Empty(file.Tags);
    }

    private static async Task<EventFile> ReadAsync(byte[] bytes)
    {
        await using var stream = new MemoryStream(bytes);
        return await EventFileReader.ReadAsync(stream, TestContext.Current.CancellationToken);
    }
}
