using Slipway.Registry.Domain;

namespace Slipway.Registry.Tests.Domain;

public class NamesTests
{
    [Theory]
    [InlineData("housing")]
    [InlineData("_x")]
    [InlineData("Texas housing 2.0-rc_1")]
    [InlineData("wohnungspreise-ä")]
    public void PlainNames_AreTaken(string name) => Assert.Null(Names.Model(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("../etc/passwd")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a@b")]
    [InlineData("a:b")]
    [InlineData("a%2fb")]
    [InlineData("a\0b")]
    [InlineData("a\n")]
    [InlineData("a ")]
    [InlineData("-a")]
    public void NamesThatReadAsPathsOrUris_AreRefused(string name) => Assert.NotNull(Names.Model(name));

    [Fact]
    public void ModelName_MayHave250CharactersAndNoMore()
    {
        Assert.Null(Names.Model(new string('a', 250)));
        Assert.NotNull(Names.Model(new string('a', 251)));
    }

    [Theory]
    [InlineData("champion", true)]
    [InlineData("v", true)]
    [InlineData("v2b", true)]
    [InlineData("latest", false)]
    [InlineData("LATEST", false)]
    [InlineData("v12", false)]
    [InlineData("V1", false)]
    [InlineData("a.b", false)]
    [InlineData("a\n", false)]
    [InlineData("", false)]
    public void Aliases_KeepVersionsReadable(string alias, bool fine) => Assert.Equal(fine, Names.Alias(alias) is null);

    [Theory]
    [InlineData("default", true)]
    [InlineData("team-7", true)]
    [InlineData("Team", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a/b", false)]
    [InlineData("", false)]
    public void Namespaces_AreDnsLabels(string ns, bool fine) => Assert.Equal(fine, Names.Namespace(ns) is null);
}
