using Slipway.Pipelines.Triggers.Domain;

namespace Slipway.Pipelines.Tests.Triggers.Domain;

public class RetrainRuleTests
{
    private static readonly TrainingHistory Never = new(null, 0);

    [Fact]
    public void SignificantlyHigherLoss_Fires()
    {
        var decision = Decide([.. Flat(1, 20, 1.0), .. Flat(21, 3, 1.5)]);

        Assert.True(decision.Fire);
        Assert.Contains("1.50 times", decision.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.05, 0.0001)]
    [InlineData(1.5, 400)]
    public void TooLittleOrTooUncertain_DoesNotFire(double loss, double variance) =>
        Assert.False(Decide([.. Flat(1, 20, 1.0, variance), .. Flat(21, 3, loss, variance)]).Fire);

    [Fact]
    public void SteadilyBetterModel_IsLeftAlone() =>
        Assert.All(Enumerable.Range(1, 60), n => Assert.False(Decide([.. Enumerable.Range(1, n).Select(w => new WindowLoss(w, 50, 2.0 / w, 0.01))]).Fire));

    [Fact]
    public void NothingKnown_DoesNotFire()
    {
        Assert.False(Decide([]).Fire);
        Assert.Contains("20 are needed", Decide([new WindowLoss(1, 6, 9, 1), new WindowLoss(2, 6, 9, 1)]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void WithinTheCooldown_ItWaitsAndSaysSo()
    {
        WindowLoss[] losses = [.. Flat(1, 20, 1.0), .. Flat(21, 3, 1.5)];

        Assert.Contains("11 of 12 windows", Decide(losses, new TrainingHistory(12, 0)).Reason, StringComparison.Ordinal);
        Assert.False(Decide(losses, new TrainingHistory(12, 0)).Fire);
        Assert.True(Decide(losses, new TrainingHistory(11, 0)).Fire);
        Assert.False(Decide(losses, new TrainingHistory(11, 1)).Fire);
    }

    [Theory]
    [InlineData(0, false, 12)]
    [InlineData(1, false, 24)]
    [InlineData(2, false, 48)]
    [InlineData(3, false, 48)]
    [InlineData(1000, false, 48)]
    [InlineData(0, true, 4)]
    [InlineData(1, true, 12)]
    [InlineData(2, true, 24)]
    [InlineData(5, true, 48)]
    public void Wait_DoublesWithEveryLossUpToALimitAndIsShortWhenFarOff(int losses, bool severe, int expected) =>
        Assert.Equal(expected, RetrainRule.Wait(new RetrainPolicy(), new TrainingHistory(1, losses), severe));

    [Fact]
    public void TrainingsLostForAgeAlone_DoNotDelayAMend()
    {
        var afterAge = new TrainingHistory(1, ConsecutiveLosses: 5, LostMends: 0);
        Assert.Equal(4, RetrainRule.Wait(new RetrainPolicy(), afterAge, severe: true));
        Assert.Equal(12, RetrainRule.Wait(new RetrainPolicy(), afterAge, severe: false));
        Assert.Equal(48, RetrainRule.Wait(new RetrainPolicy(), afterAge with { LostMends = null }, severe: false));
    }

    [Fact]
    public void TrainingsLostForAgeAlone_DoNotMakeAMendWait()
    {
        var history = new TrainingHistory(11, ConsecutiveLosses: 3, LostMends: 0);
        WindowLoss[] worse = [.. Flat(1, 20, 1.0), .. Flat(21, 3, 1.5)];

        Assert.Equal((12, 4), (RetrainRule.Wait(new RetrainPolicy(), history, severe: false), RetrainRule.Wait(new RetrainPolicy(), history, severe: true)));
        Assert.True(Decide(worse, history) is { Fire: true, ForAge: false });
        Assert.True(RetrainRule.Decide(new RetrainPolicy { MaxAgeWindows = 24 }, Flat(1, 24, 1.0), Never, 24) is { Fire: true, ForAge: true });
        Assert.False(RetrainRule.Decide(new RetrainPolicy { MaxAgeWindows = 24 }, Flat(1, 40, 1.0), history, 40).Fire);
    }

    [Fact]
    public void TwiceTheLoss_FiresAfterAThirdOfTheCooldown()
    {
        WindowLoss[] losses = [.. Flat(1, 20, 1.0), .. Flat(21, 3, 2.5)];

        Assert.True(Decide(losses, new TrainingHistory(19, 0)).Fire);
        Assert.False(Decide(losses, new TrainingHistory(20, 0)).Fire);
        Assert.False(Decide(losses, new TrainingHistory(19, 1)).Fire);
    }

    [Fact]
    public void OldModel_IsTrainedAgainEvenIfNothingIsWrong()
    {
        var policy = new RetrainPolicy { MaxAgeWindows = 24 };

        Assert.False(RetrainRule.Decide(policy, Flat(1, 23, 1.0), Never, 23).Fire);
        Assert.True(RetrainRule.Decide(policy, Flat(1, 24, 1.0), Never, 24).Fire);
        Assert.False(RetrainRule.Decide(policy, Flat(1, 60, 1.0), new TrainingHistory(30, 2), 60).Fire);
    }

    /// <summary>A judgement of a champion that did not change may go wrong as often as the confidence says, however long its record is.</summary>
    [Theory]
    [InlineData(30)]
    [InlineData(200)]
    public void NoiseAlone_IsTakenForADegradationNoMoreOftenThanTheConfidenceSays(int rows)
    {
        const int Seeds = 60;
        const int Windows = 60;
        var (alarms, judgements, fires) = (0, 0, 0);
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var losses = new List<WindowLoss>();
            var history = Never;
            for (var window = 1; window <= Windows; window++)
            {
                losses.Add(Noise(random, window, rows));
                judgements++;
                alarms += RetrainRule.Decide(new RetrainPolicy { CooldownWindows = 1, MaxBackoff = 1 }, losses, Never, window + 1000).Fire ? 1 : 0;
                if (RetrainRule.Decide(new RetrainPolicy(), losses, history, window).Fire)
                {
                    fires++;
                    history = new TrainingHistory(window, history.LastFiredWindow is null ? 0 : history.ConsecutiveLosses + 1);
                }
            }
        }

        Assert.InRange(alarms, 0, (int)(judgements * 0.08));
        Assert.InRange(fires, 0, (int)(Seeds * 1.5));
    }

    [Fact]
    public void RealDegradation_IsFoundUnderNoise()
    {
        var found = Enumerable.Range(1, 50).Count(seed =>
        {
            var random = new Random(seed);
            WindowLoss[] before = [.. Enumerable.Range(1, 24).Select(w => Noise(random, w, 200))];
            WindowLoss[] after = [.. Enumerable.Range(25, 3).Select(w => Noise(random, w, 200)).Select(w => w with { Mean = w.Mean * 1.6, Variance = w.Variance * 2.56 })];
            return Decide([.. before, .. after]).Fire;
        });

        Assert.InRange(found, 48, 50);
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.674489750196082)]
    [InlineData(0.9, 1.281551565544600)]
    [InlineData(0.95, 1.644853626951473)]
    [InlineData(0.97574, 1.9727855514678616)]
    [InlineData(0.975751, 1.9729786046388784)]
    [InlineData(0.99, 2.326347874040841)]
    [InlineData(0.999, 3.090232306167814)]
    [InlineData(0.9999, 3.719016485455709)]
    [InlineData(0.999999, 4.753424308817089)]
    public void NormalQuantile_IsThatOfTheTables(double p, double expected) => Assert.Equal(expected, RetrainRule.NormalQuantile(p), tolerance: 6e-9);

    private static RetrainDecision Decide(WindowLoss[] losses, TrainingHistory? history = null) =>
        RetrainRule.Decide(new RetrainPolicy(), losses, history ?? Never, losses.Length == 0 ? 1 : losses[^1].Window);

    private static WindowLoss[] Flat(int from, int count, double loss, double variance = 0.04) =>
        [.. Enumerable.Range(from, count).Select(w => new WindowLoss(w, 50, loss, variance))];

    /// <summary>Squared errors of a normal residual, whose mean is 1.</summary>
    private static WindowLoss Noise(Random random, int window, int rows)
    {
        var losses = new double[rows];
        for (var i = 0; i < rows; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            losses[i] = normal * normal;
        }

        var mean = losses.Average();
        return new WindowLoss(window, rows, mean, losses.Sum(l => (l - mean) * (l - mean)) / (rows - 1));
    }
}
