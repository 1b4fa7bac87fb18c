using Microsoft.Extensions.Configuration;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Server.Security;

namespace Slipway.Server.Tests.Security;

public class AccessPolicyTests
{
    private const string Token = "0123456789abcdef";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void ThisMachineOnly_NeedsNoToken(string host)
    {
        Assert.False(Read(host, null).NeedsToken);
        Assert.False(Read(host, "").NeedsToken);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.168.1.5")]
    public void AddressThatOthersReach_NeedsAToken(string host)
    {
        var refused = Assert.Throws<ProblemException>(() => Read(host, null));

        Assert.Equal(ProblemCode.Invalid, refused.Problem.Code);
        Assert.Contains($"--host {host}", refused.Message, StringComparison.Ordinal);
        Assert.True(Read(host, Token).NeedsToken);
    }

    [Fact]
    public void ShortToken_IsRefusedWithoutBeingShown()
    {
        var refused = Assert.Throws<ProblemException>(() => Read("127.0.0.1", "short-secret"));

        Assert.DoesNotContain("short-secret", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Token, true)]
    [InlineData("0123456789abcdeF", false)]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789abcdef0", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void OnlyTheTokenItself_IsAccepted(string? given, bool expected) => Assert.Equal(expected ? "token" : null, Read("127.0.0.1", Token).CallerOf(given));

    [Fact]
    public void NamedTokens_TellCallersApart()
    {
        var policy = Read("127.0.0.1", Token, "ann=aaaaaaaaaaaaaaaa, ben@lab = bbbb=bbbb=bbbbbbb\nci.1=cccccccccccccccc,");

        Assert.Equal(
            ["token", "ann", "ben@lab", "ci.1", null],
            new[] { Token, "aaaaaaaaaaaaaaaa", "bbbb=bbbb=bbbbbbb", "cccccccccccccccc", "ann" }.Select(policy.CallerOf));
    }

    [Theory]
    [InlineData(null, "ann=aaaaaaaaaaaaaaaa", "needs SLIPWAY_TOKEN beside it")]
    [InlineData(Token, "ann", "without '='")]
    [InlineData(Token, "ann=short-secret", "too short for 'ann'")]
    [InlineData(Token, "a b=aaaaaaaaaaaaaaaa", "a name that cannot be")]
    [InlineData(Token, "token=aaaaaaaaaaaaaaaa", "a name that cannot be")]
    [InlineData(Token, "ann=aaaaaaaaaaaaaaaa,ann=bbbbbbbbbbbbbbbb", "'ann' or its token twice")]
    [InlineData(Token, "ann=aaaaaaaaaaaaaaaa,ben=aaaaaaaaaaaaaaaa", "'ben' or its token twice")]
    [InlineData(Token, "ann=" + Token, "'ann' or its token twice")]
    public void NamedTokensThatCannotBe_AreRefusedWithoutBeingShown(string? token, string named, string words)
    {
        var refused = Assert.Throws<ProblemException>(() => Read("127.0.0.1", token, named));

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaa", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("short-secret", refused.Message, StringComparison.Ordinal);
    }

    internal static AccessPolicy Read(string host, string? token, string? named = null)
    {
        using var folder = new TempFolder();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("SLIPWAY_TOKEN", token), KeyValuePair.Create("SLIPWAY_TOKENS", named)]).Build();
        return AccessPolicy.Read(TestServer.Settings(folder, host), configuration);
    }
}
