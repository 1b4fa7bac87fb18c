using System.Net;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Tests.Outbound;

public sealed class OutboundRulesTests
{
    [Theory]
    [InlineData("*", "http://anywhere.example/x", true)]
    [InlineData("a.example", "http://A.example/x", true)]
    [InlineData("a.example", "http://b.example/x", false)]
    [InlineData("a.example:9000", "http://a.example:9000/", true)]
    [InlineData("a.example:9000", "http://a.example/", false)]
    [InlineData("*.example", "https://deep.a.example/", true)]
    [InlineData("*.example", "https://example/", false)]
    [InlineData("*.example", "https://badexample/", false)]
    [InlineData("*.example:443", "https://a.example/", true)]
    [InlineData("10.0.0.7, b.example", "http://10.0.0.7:1/", true)]
    [InlineData("10.0.0.7, b.example", "http://10.0.0.70/", false)]
    [InlineData("::1", "http://[::1]:80/", true)]
    [InlineData("", "http://a.example/", false)]
    public void AHost_IsCalledWhenItIsListed(string patterns, string address, bool allowed) =>
        Assert.Equal(allowed, new OutboundRules(patterns).Refuse(new Uri(address)) is null);

    [Theory]
    [InlineData("*", "169.254.169.254", false)]
    [InlineData("*", "::ffff:169.254.169.254", false)]
    [InlineData("*", "fe80::1", false)]
    [InlineData("*", "10.0.0.7", true)]
    [InlineData("*, metadata.example", "169.254.169.254", true)]
    public void ALinkLocalAddress_IsOnlyCalledWhenItsHostIsListed(string patterns, string address, bool allowed) =>
        Assert.Equal(allowed, new OutboundRules(patterns).MayConnect("metadata.example", 80, IPAddress.Parse(address)));

    [Fact]
    public async Task ALinkLocalAddress_IsNotConnectedTo()
    {
        using var http = new OutboundHttp(new ServingOptions());
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://169.254.169.254/latest/meta-data");

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(request, TestContext.Current.CancellationToken));

        Assert.Contains("link-local", refused.Message + refused.InnerException?.Message, StringComparison.Ordinal);
    }
}
