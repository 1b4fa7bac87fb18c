using Slipway.Training.Domain.Metrics;
using Slipway.Training.Tests.Support;

namespace Slipway.Training.Tests.Boosting;

/// <summary>
/// R2 per year against scikit-learn 1.2.1's HistGradientBoostingRegressor with its defaults, on city, month, sales, listings, inventory:
/// trained once on 2000-2002 (static) and on the two years before each year (retrained), with the city's code as a number and as a category.
/// </summary>
public class HousingReferenceTests
{
    private static readonly (int Year, double Static, double Retrained)[] CodeAsNumber =
    [
        (2003, 0.7962, 0.7829), (2004, 0.6440, 0.8327), (2005, 0.3127, 0.6687), (2006, -0.0988, 0.7221), (2007, -0.5093, 0.7002),
        (2008, -0.5795, 0.6631), (2009, -0.7177, 0.6506), (2010, -0.8717, 0.6915), (2011, -0.8929, 0.7386), (2012, -1.1502, 0.7845),
        (2013, -1.3888, 0.7534), (2014, -1.5763, 0.7782), (2015, -1.8846, 0.7490),
    ];

    private static readonly (int Year, double Static, double Retrained)[] CityAsCategory =
    [
        (2003, 0.8602, 0.8916), (2004, 0.7000, 0.8679), (2005, 0.3956, 0.7165), (2006, -0.0236, 0.7274), (2007, -0.3919, 0.7415),
        (2008, -0.4703, 0.8177), (2009, -0.7058, 0.7568), (2010, -0.7629, 0.7983), (2011, -0.7825, 0.7850), (2012, -1.1578, 0.8230),
        (2013, -1.3519, 0.8552), (2014, -1.5705, 0.8470), (2015, -1.9152, 0.8407),
    ];

    [Fact]
    public void CodeAsNumber_MatchesReference() => Compare("city_code", CodeAsNumber);

    [Fact]
    public void CityAsCategory_MatchesReference() => Compare("city", CityAsCategory);

    private static void Compare(string city, (int Year, double Static, double Retrained)[] reference)
    {
        var once = R2Of(city, 2000, 2003);
        var (retrained, expected) = (0.0, 0.0);
        foreach (var year in reference)
        {
            // Noise grows with the distance from the training window: R2 of -1.9 stands for errors three times as large.
            Assert.InRange(once(year.Year), year.Static - 0.07, year.Static + 0.07);
            var again = R2Of(city, year.Year - 2, year.Year)(year.Year);
            Assert.InRange(again, year.Retrained - 0.04, 1);
            (retrained, expected) = (retrained + again, expected + year.Retrained);
        }

        // Single years scatter; their mean must not be worse.
        Assert.InRange(retrained / reference.Length, (expected / reference.Length) - 0.01, 1);
    }

    private static Func<int, double> R2Of(string city, int from, int until)
    {
        string[] features = [city, "month", "sales", "listings", "inventory"];
        var (frame, price) = Samples.HousingYears(from, until, features);
        var model = Trained.Boosted(frame, price);
        return year =>
        {
            var (later, truth) = Samples.HousingYears(year, year + 1, features);
            var r2 = RegressionMetrics.R2(truth.Values, model.Predict(later))!.Value;
            TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{city} {from}-{until} {year}: {r2:F4}"));
            return r2;
        };
    }
}
