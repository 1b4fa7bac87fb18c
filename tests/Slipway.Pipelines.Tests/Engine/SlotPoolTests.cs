using Slipway.Pipelines.Engine;

namespace Slipway.Pipelines.Tests.Engine;

public class SlotPoolTests
{
    [Fact]
    public void WideRun_DoesNotHoldUpANarrowOne()
    {
        var pool = new SlotPool(2, 1, 1000);
        var (wide, narrow) = (new Share("a"), new Share("b", order: 2));
        Assert.Equal(2, pool.Exchange(wide, SlotKind.BuiltIn, 0, 0, 1000));
        Assert.Equal(0, pool.Exchange(narrow, SlotKind.BuiltIn, 0, 0, 5));

        // A slot that comes free goes to whoever has the fewest, not to whoever gave it back.
        Assert.Equal(0, pool.Exchange(wide, SlotKind.BuiltIn, 1, 0, 998));
        Assert.Equal(1, narrow.Grants);
        Assert.Equal(1, pool.Exchange(wide, SlotKind.BuiltIn, 1, 0, 998));
    }

    [Fact]
    public void Priority_GoesFirst()
    {
        var pool = new SlotPool(1, 1, 1000);
        var (busy, usual, urgent) = (new Share("a"), new Share("b"), new Share("c", priority: 5, order: 9));
        pool.Exchange(busy, SlotKind.BuiltIn, 0, 0, 1);
        pool.Exchange(usual, SlotKind.BuiltIn, 0, 0, 1);
        pool.Exchange(urgent, SlotKind.BuiltIn, 0, 0, 1);

        pool.Exchange(busy, SlotKind.BuiltIn, 1, 0, 0);

        Assert.Equal((0, 1), (usual.Grants, urgent.Grants));
    }

    [Fact]
    public void Limits_OfRunAndNamespaceHold()
    {
        var pool = new SlotPool(10, 1, 3);
        var (one, two, other) = (new Share("a", most: 2), new Share("a"), new Share("b"));

        Assert.Equal(2, pool.Exchange(one, SlotKind.BuiltIn, 0, 0, 5));
        Assert.Equal(1, pool.Exchange(two, SlotKind.BuiltIn, 0, 0, 5));
        Assert.Equal(3, pool.Exchange(other, SlotKind.BuiltIn, 0, 0, 5));
    }

    [Fact]
    public void RunThatIsGone_GivesBackWhatWasOnItsWay()
    {
        var pool = new SlotPool(1, 1, 1000);
        var (busy, gone, next) = (new Share("a"), new Share("b"), new Share("c", order: 3));
        pool.Exchange(busy, SlotKind.BuiltIn, 0, 0, 1);
        pool.Exchange(gone, SlotKind.BuiltIn, 0, 0, 1);
        pool.Exchange(busy, SlotKind.BuiltIn, 1, 0, 0);
        Assert.Equal(1, gone.Grants);

        pool.Close(gone, SlotKind.BuiltIn, 0);

        Assert.Equal(1, pool.Exchange(next, SlotKind.BuiltIn, 0, 0, 1));
    }

    private sealed class Share
    {
        private readonly SlotShare _share;

        public Share(string ns, int priority = 0, int most = int.MaxValue, long order = 1) => _share = new SlotShare(ns, priority, most, order, _ => Grants++);

        public int Grants { get; private set; }

        public static implicit operator SlotShare(Share share) => share._share;
    }
}
