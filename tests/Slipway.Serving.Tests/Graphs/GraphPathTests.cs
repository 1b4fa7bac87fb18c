using System.Text.Json;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Tests.Graphs;

public sealed class GraphPathTests
{
    private const string Json =
        """
        {"name":{"first":"Tom","last":"Anderson"},"age":37,"children":["Sara","Alex","Jack"],"fav.movie":"Deer Hunter","none":null,"yes":true,"empty":[],
         "friends":[{"first":"Dale","last":"Murphy","age":44,"nets":["ig","fb","tw"]},{"first":"Roger","last":"Craig","age":68,"nets":["fb","tw"]},
                    {"first":"Jane","last":"Murphy","age":47,"nets":["ig","tw"]}],
         "instances":[[1,2.5]],"predictions":["cat"],"outputs":[{"name":"y","data":[0.9]}]}
        """;

    // What gjson's own documentation and KServe's examples say of these paths, as existence.
    [Theory]
    [InlineData("name.last", true)]
    [InlineData("name.middle", false)]
    [InlineData("age", true)]
    [InlineData("none", true)]
    [InlineData("age.x", false)]
    [InlineData("children.1", true)]
    [InlineData("children.3", false)]
    [InlineData("children.#", true)]
    [InlineData("age.#", false)]
    [InlineData("child*.2", true)]
    [InlineData("c?ildren.0", true)]
    [InlineData("c?ldren.0", false)]
    [InlineData("fav\\.movie", true)]
    [InlineData("fav.movie", false)]
    [InlineData("friends.#.first", true)]
    [InlineData("friends.1.last", true)]
    [InlineData("friends.#(last==\"Murphy\").first", true)]
    [InlineData("friends.#(last==\"Nobody\").first", false)]
    [InlineData("friends.#(last==\"Nobody\")#", true)]
    [InlineData("friends.#(age>45)", true)]
    [InlineData("friends.#(age>68)", false)]
    [InlineData("friends.#(age>=68)", true)]
    [InlineData("friends.#(age<44)", false)]
    [InlineData("friends.#(age<=44)", true)]
    [InlineData("friends.#(age!=44)", true)]
    [InlineData("friends.#(age==\"44\")", true)]
    [InlineData("friends.#(age==x)", false)]
    [InlineData("friends.#(first%\"D*\")", true)]
    [InlineData("friends.#(first%\"X*\")", false)]
    [InlineData("friends.#(first!%\"?*\")", false)]
    [InlineData("friends.#(nets.#(==\"ig\"))", true)]
    [InlineData("friends.#(nets.#(==\"xx\"))", false)]
    [InlineData("friends.#(nets.#(==\"fb\"))#.first", true)]
    [InlineData("friends.#(nickname)", false)]
    [InlineData("friends.#( age > 45 )", true)]
    [InlineData("children.#(==\"Jack\")", true)]
    [InlineData("children.#(%\"J*\")", true)]
    [InlineData("children.#(==\"Joe\")", false)]
    [InlineData("empty.#(==1)", false)]
    [InlineData("@this", true)]
    [InlineData("@this.age", true)]
    [InlineData("[@this].#(age==37)", true)]
    [InlineData("[@this].#(age==38)", false)]
    [InlineData("[@this].#(name.first==\"Tom\")", true)]
    [InlineData("[@this].#(yes==true)", true)]
    [InlineData("[@this].#(yes==false)", false)]
    [InlineData("[@this].#(none==null)", false)]
    [InlineData("[@this].#(predictions.0==\"cat\")", true)]
    [InlineData("[@this].#(outputs.0.data.0>0.5)", true)]
    [InlineData("[name.first,nothing].1", false)]
    [InlineData("[name.first,age].1", true)]
    [InlineData("[@this].#(children.#>2)", true)]
    [InlineData("[@this].#(children.#>3)", false)]
    [InlineData("predictions.#(==\"cat\")", true)]
    public void APath_FindsWhatGjsonFinds(string path, bool expected)
    {
        using var json = JsonDocument.Parse(Json);
        var parsed = GraphPathParser.Parse(path);
        Assert.True(parsed.Succeeded, parsed.Problem?.Message);
        Assert.Equal(expected, parsed.Value.Exists(json.RootElement));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a.")]
    [InlineData("a|b")]
    [InlineData("{a,b}")]
    [InlineData("{ .input.userId == 1 }")]
    [InlineData("@reverse")]
    [InlineData("a.@this")]
    [InlineData("a.#(b==~true)")]
    [InlineData("a.#(b==1")]
    [InlineData("a.#(b==)")]
    [InlineData("a.#()")]
    [InlineData("a.#(b 1)")]
    [InlineData("a.#(b==\"x)")]
    [InlineData("[a,b")]
    [InlineData("[]")]
    [InlineData("a\\")]
    [InlineData("!true")]
    public void WhatIsNotUnderstood_IsRefusedWithItsPlace(string path) =>
        Assert.Contains("character", GraphPathParser.Parse(path).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void NoText_MakesTheParserFall()
    {
        var random = new Random(7);
        const string Letters = "ab.#()[]@this\\\"=!<>%*?,|{}~01 ";
        using var json = JsonDocument.Parse(Json);
        for (var i = 0; i < 50_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 24)).Select(_ => Letters[random.Next(Letters.Length)])]);
            if (GraphPathParser.Parse(text).TryGet(out var path, out var problem))
            {
                path.Exists(json.RootElement);
            }
            else
            {
                Assert.NotEmpty(problem.Message);
            }
        }
    }

    [Theory]
    [InlineData("abc", "a*c", true)]
    [InlineData("abc", "*", true)]
    [InlineData("", "*", true)]
    [InlineData("", "?", false)]
    [InlineData("aXbXc", "a*b*c", true)]
    [InlineData("ab", "a?b", false)]
    [InlineData("a*", "a\\*", true)]
    [InlineData("ab", "a\\*", false)]
    public void Wildcards_MatchTheWholeText(string text, string pattern, bool expected) => Assert.Equal(expected, Wildcards.Match(text, pattern));

    [Fact]
    public void APatternMadeToBeSlow_IsNot() => Assert.False(Wildcards.Match(new string('a', 20_000), string.Concat(Enumerable.Repeat("a*", 50)) + "b"));
}
