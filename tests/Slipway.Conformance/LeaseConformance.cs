using Slipway.Platform.Database;

namespace Slipway.Conformance;

/// <summary>What every keeper of leases must do alike.</summary>
public abstract class LeaseConformance(DatabaseEngine engine)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Held_IsRefusedToOthers_UntilItExpires_AndTheTokenGrows()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(engine, clock);
        var first = await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None);
        Assert.Null(await floor.Leases.TryAcquireAsync("job", "b", TenSeconds, None));
        Assert.NotNull(await floor.Leases.TryAcquireAsync("other", "b", TenSeconds, None));
        clock.Advance(TenSeconds);
        var second = await floor.Leases.TryAcquireAsync("job", "b", TenSeconds, None);
        Assert.True(second!.Token > first!.Token);
        Assert.False(await HoldsAsync(floor, first));
        Assert.True(await HoldsAsync(floor, second));
    }

    [Fact]
    public async Task Renewal_KeepsTheToken_AndMovesTheEnd()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(engine, clock);
        var first = await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None);
        clock.Advance(TimeSpan.FromSeconds(9));
        var renewed = await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None);
        Assert.Equal(first!.Token, renewed!.Token);
        Assert.Equal(first.Until + TimeSpan.FromSeconds(9), renewed.Until);
        Assert.True(await HoldsAsync(floor, first));
    }

    [Fact]
    public async Task TakenUpAgainAfterExpiry_CountsAsAChangeOfHolder()
    {
        var clock = new ManualTimeProvider();
        await using var floor = await TestFloor.CreateAsync(engine, clock);
        var first = await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None);
        clock.Advance(TenSeconds);
        Assert.False(await HoldsAsync(floor, first!));
        Assert.True((await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None))!.Token > first!.Token);
    }

    [Fact]
    public async Task Released_IsFreeAtOnce_AndTheTokenStillGrows()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        var first = await floor.Leases.TryAcquireAsync("job", "a", TenSeconds, None);
        Assert.True(await floor.Leases.ReleaseAsync(first!, None));
        Assert.False(await floor.Leases.ReleaseAsync(first!, None));
        Assert.True((await floor.Leases.TryAcquireAsync("job", "b", TenSeconds, None))!.Token > first!.Token);
    }

    [Fact]
    public async Task ManyAtOnce_OneWins()
    {
        await using var floor = await TestFloor.CreateAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => floor.Leases.TryAcquireAsync("job", $"holder {i}", TenSeconds, None)));
        Assert.Single(answers, a => a is not null);
    }

    private static Task<bool> HoldsAsync(TestFloor floor, Platform.Leases.Lease lease) =>
        floor.Database.ReadAsync((s, _) => floor.Leases.HoldsAsync(s, lease), None);
}
