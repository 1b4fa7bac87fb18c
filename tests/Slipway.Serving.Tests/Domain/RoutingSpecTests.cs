using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Domain;

public sealed class RoutingSpecTests
{
    [Theory]
    [InlineData("id", RouteSource.Id, "")]
    [InlineData("header:x-user", RouteSource.Header, "x-user")]
    [InlineData("cookie:uid", RouteSource.Cookie, "uid")]
    [InlineData(" header: x-user ", RouteSource.Header, "x-user")]
    public void AKey_IsRead(string text, object source, string name)
    {
        var (spec, faults) = Read((RoutingSpec.KeyAnnotation, text));
        Assert.Empty(faults);
        Assert.Equal(new RouteKey((RouteSource)source, name), spec.Key);
    }

    [Fact]
    public void Rules_AreReadInTheirOrder()
    {
        var (spec, faults) = Read((RoutingSpec.MatchAnnotation, "blue: header:x-group=beta; stable: cookie:group=old;latest: header:x-group=a=b "));
        Assert.Empty(faults);
        Assert.Equal(
            [("blue", "x-group", "beta"), ("stable", "group", "old"), ("latest", "x-group", "a=b")], spec.Matches.Select(m => (m.Target, m.Key.Name, m.Value)));
    }

    [Fact]
    public void WithoutAnnotations_NothingIsSpecial() => Assert.Same(RoutingSpec.Plain, Read().Spec);

    [Fact]
    public void EveryFault_IsToldAtOnce_WithItsCure()
    {
        var (_, faults) = Read(
            (RoutingSpec.KeyAnnotation, "body:x"), (RoutingSpec.TagAnnotation, "yes"),
            (RoutingSpec.MatchAnnotation, "green: header:x=1; blue; blue: query:x=3; blue: header:x=; stable: id=7; blue: header:y=1; latest: header:y=1"));
        Assert.Equal(8, faults.Count);
        Assert.Contains("header:NAME, cookie:NAME, parameter:NAME or id", faults[0].Message, StringComparison.Ordinal);
        Assert.Contains(faults, f => f.Message.Contains("use one of blue, stable, latest", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Message.Contains("the value after '=' is missing", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Message.Contains("would never apply", StringComparison.Ordinal));
    }

    private static (RoutingSpec Spec, List<Fault> Faults) Read(params (string Name, string Value)[] annotations)
    {
        var faults = new List<Fault>();
        var json = new JsonObject([.. annotations.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)a.Value))]);
        return (RoutingSpec.Read(json, ["blue"], faults), faults);
    }
}
