using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Platform.Tests.Http.Mlflow;

public class SearchFilterTests
{
    [Theory]
    [InlineData("metrics.acc > 0.9", "metrics|acc|Greater|Number|0.9")]
    [InlineData("metrics.acc>=-1.5e3", "metrics|acc|GreaterOrEqual|Number|-1.5e3")]
    [InlineData("name = 'a b'", "|name|Equal|Text|a b")]
    [InlineData("params.\"my key\" != \"x\"", "params|my key|NotEqual|Text|x")]
    [InlineData("tags.`mlflow.source.name` LIKE '%a_'", "tags|mlflow.source.name|Like|Text|%a_")]
    [InlineData("tag.mlflow.runName ilike 'A%'", "tag|mlflow.runName|ILike|Text|A%")]
    [InlineData("`Run name` = 'x'", "|Run name|Equal|Text|x")]
    [InlineData("attributes.`Run Name` = 'x'", "attributes|Run Name|Equal|Text|x")]
    [InlineData("span.attributes.k RLIKE '^a'", "span|attributes.k|RLike|Text|^a")]
    [InlineData("tags.a IS NULL", "tags|a|IsNull|None|")]
    [InlineData("tags.a is not null", "tags|a|IsNotNull|None|")]
    [InlineData("run_id IN ('a', 'b')", "|run_id|In|List|a,b")]
    [InlineData("run_id IN ('a',)", "|run_id|In|List|a")]
    [InlineData("dataset.name NOT IN ('a')", "dataset|name|NotIn|List|a")]
    [InlineData("params.x = 'it''s'", "params|x|Equal|Text|it's")]
    [InlineData("params.x = true", "params|x|Equal|Word|true")]
    [InlineData("(metrics.a < 1)", "metrics|a|Less|Number|1")]
    public void OneClause_IsReadAsWritten(string filter, string expected)
    {
        var clause = Assert.IsType<SearchClause>(SearchFilter.Parse(filter).Value);
        var value = clause.Value.Kind == SearchValueKind.List ? string.Join(',', clause.Value.Items) : clause.Value.Text;
        Assert.Equal(expected, $"{clause.Key.Entity}|{clause.Key.Name}|{clause.Comparison}|{clause.Value.Kind}|{value}");
    }

    [Fact]
    public void AndBindsTighterThanOr_AndParenthesesTighterStill()
    {
        var any = Assert.IsType<AnyOf>(SearchFilter.Parse("a = 1 OR b = 2 AND c = 3").Value);
        Assert.IsType<AllOf>(any.Nodes[1]);
        var all = Assert.IsType<AllOf>(SearchFilter.Parse("(a = 1 or b = 2) and order = 3").Value);
        Assert.IsType<AnyOf>(all.Nodes[0]);
        Assert.Equal(["a", "b", "order"], SearchFilter.ClausesOf(all).Select(c => c.Key.Name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void ABlankFilter_FindsEverything(string? filter) => Assert.Null(SearchFilter.Parse(filter).Value);

    [Theory]
    [InlineData("metrics.a >", "expected a value", 12)]
    [InlineData("metrics.a > 1 AND", "it ends where a comparison was expected", 18)]
    [InlineData("metrics.a > 1 2", "'2' stands where AND, OR or the end was expected", 15)]
    [InlineData("metrics.a ~ 1", "expected a comparison such as = or LIKE after 'metrics.a'", 11)]
    [InlineData("metrics.a", "is followed by no comparison", 10)]
    [InlineData("params.a = 'x", "the quote ' is never closed", 12)]
    [InlineData("run_id IN ()", "got empty list", 12)]
    [InlineData("run_id IN (1)", "expected string value", 12)]
    [InlineData("run_id NOT 'a'", "expected IN after NOT", 12)]
    [InlineData("tags.a IS 5", "expected NULL or NOT NULL after IS", 11)]
    [InlineData("(a = 1", "expected ')'", 7)]
    [InlineData("= 5", "expected a key", 1)]
    public void AMalformedFilter_SaysWhatWasExpectedAndWhere(string filter, string words, int column)
    {
        var problem = SearchFilter.Parse(filter).Problem!;
        Assert.Contains(words, problem.Message, StringComparison.Ordinal);
        Assert.Contains($"(at column {column})", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFilterBeyondAllMeasure_IsRefusedRatherThanTried()
    {
        Assert.NotNull(SearchFilter.Parse(new string('(', 10_000)).Problem);
        Assert.NotNull(SearchFilter.Parse(string.Join(" AND ", Enumerable.Repeat("a = 1", 500))).Problem);
        Assert.NotNull(SearchFilter.Parse(new string(' ', 200_000) + "a = 1").Problem);
    }

    [Theory]
    [InlineData("metrics.acc DESC", "metrics", "acc", false)]
    [InlineData("metrics.\"my acc\" asc", "metrics", "my acc", true)]
    [InlineData("start_time", null, "start_time", true)]
    [InlineData("params.`a b`", "params", "a b", true)]
    public void AnOrder_HasAKeyAndADirection(string term, string? entity, string name, bool ascending)
    {
        var one = Assert.Single(SearchOrder.Parse([term]).Value);
        Assert.Equal((entity, name, ascending), (one.Key.Entity, one.Key.Name, one.Ascending));
    }

    [Theory]
    [InlineData("")]
    [InlineData("metrics.a SIDEWAYS")]
    [InlineData("metrics.a DESC DESC")]
    [InlineData("metrics.a, metrics.b")]
    [InlineData("'a' DESC")]
    public void AMalformedOrder_IsRefused(string term) => Assert.Contains("order_by clause", SearchOrder.Parse([term]).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void AFieldTwiceInAnOrder_IsRefused() =>
        Assert.Contains("duplicate fields", SearchOrder.Parse(["a", "a DESC"]).Problem!.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(DatabaseEngine.Sqlite, "x GLOB @p0", "a*b?[*]")]
    [InlineData(DatabaseEngine.PostgreSql, "x LIKE @p0 ESCAPE ''", "a%b_*")]
    public void Like_MindsCaseOnBothDatabases(DatabaseEngine engine, string sql, string pattern)
    {
        var search = new SearchSql(new Dialect(engine));
        var value = new SearchValue(SearchValueKind.Text, "a%b_*", 0, [], "");
        Assert.Equal(sql, search.Text("x", Comparison.Like, value));
        Assert.Equal(pattern, search.Parameters["p0"]);
    }
}
