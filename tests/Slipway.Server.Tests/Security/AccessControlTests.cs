using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Platform.Events;
using Slipway.Platform.Http;
using Slipway.Server.Security;

namespace Slipway.Server.Tests.Security;

/// <summary>The middleware on a real port, before one public and one guarded route that answer with who is acting.</summary>
public class AccessControlTests
{
    private const string Token = "0123456789abcdef";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong-wrong-wrong-wrong")]
    [InlineData("Bearer 0123456789abcdef0123456789abcdef")]
    [InlineData("Basic 0123456789abcdef")]
    [InlineData("0123456789abcdef")]
    public async Task WithoutTheToken_TheAnswerIsAlwaysTheSame(string? authorization)
    {
        await using var app = await StartAsync(Token);

        var plain = await CallAsync(app, "GET", "/guarded");
        var (status, body, challenge) = await CallAsync(app, "GET", "/guarded", ("Authorization", authorization));

        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (status, challenge));
        Assert.Equal(plain, (status, body, challenge));
        Assert.DoesNotContain(Token, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RouteThatSaysNothing_IsGuarded()
    {
        await using var app = await StartAsync(Token);

        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(app, "GET", "/forgotten")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(app, "GET", "/nowhere")).Status);
    }

    [Theory]
    [InlineData("Bearer 0123456789abcdef")]
    [InlineData("bearer  0123456789abcdef ")]
    public async Task WithTheToken_TheCallerIsItsUser(string authorization)
    {
        await using var app = await StartAsync(Token);

        Assert.Equal((HttpStatusCode.OK, "user:token"), await StatusAndBodyAsync(app, "POST", "/guarded", ("Authorization", authorization)));
    }

    [Theory]
    [InlineData("Bearer aaaaaaaaaaaaaaaa", "user:ann")]
    [InlineData("Bearer bbbbbbbbbbbbbbbb", "user:ben")]
    [InlineData("Bearer 0123456789abcdef", "user:token")]
    [InlineData("Basic YW55OmFhYWFhYWFhYWFhYWFhYWE=", "user:ann")]
    public async Task WithATokenOfTheirOwn_CallersAreToldApart(string authorization, string actor)
    {
        await using var app = await StartAsync(Token, "ann=aaaaaaaaaaaaaaaa,ben=bbbbbbbbbbbbbbbb");

        Assert.Equal((HttpStatusCode.OK, actor), await StatusAndBodyAsync(app, "POST", "/guarded", ("Authorization", authorization)));
    }

    [Fact]
    public async Task PublicRoute_IsOpen()
    {
        await using var app = await StartAsync(Token);

        Assert.Equal(HttpStatusCode.OK, (await CallAsync(app, "GET", "/open")).Status);
    }

    [Theory]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("192.168.1.5", 403)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:9999", 200)]
    [InlineData("[::1]:80", 200)]
    public async Task WithoutToken_OnlyThisMachinesNamesAreAnswered(string host, int expected)
    {
        await using var app = await StartAsync(null);

        Assert.Equal((HttpStatusCode)expected, (await CallAsync(app, "GET", "/guarded", ("Host", host))).Status);
        Assert.Equal((HttpStatusCode)expected, (await CallAsync(app, "GET", "/open", ("Host", host))).Status);
    }

    [Theory]
    [InlineData("POST", "https://evil.example", 403)]
    [InlineData("POST", "null", 403)]
    [InlineData("POST", "http://127.0.0.1:1", 403)]
    [InlineData("DELETE", "https://evil.example", 403)]
    [InlineData("POST", "SELF", 200)]
    [InlineData("POST", null, 200)]
    [InlineData("GET", "https://evil.example", 200)]
    public async Task WithoutToken_WritesFromOtherWebOriginsAreRefused(string method, string? origin, int expected)
    {
        await using var app = await StartAsync(null);

        var (status, body, _) = await CallAsync(app, method, "/guarded", ("Origin", origin == "SELF" ? app.Urls.First() : origin));

        Assert.Equal((HttpStatusCode)expected, status);
        Assert.Equal(expected == 200, body == "user:local");
    }

    private static async Task<WebApplication> StartAsync(string? token, string? named = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(AccessPolicyTests.Read("127.0.0.1", token, named));
        var app = builder.Build();
        app.UseRouting();
        app.UseMiddleware<AccessControl>();
        string[] methods = ["GET", "POST", "DELETE"];
        app.MapMethods("/guarded", methods, () => CallIdentity.Current).RequirePermission("things.read");
        app.MapGet("/forgotten", () => "");
        app.MapGet("/open", () => "").Public();
        await app.StartAsync();
        return app;
    }

    private static async Task<(HttpStatusCode Status, string Body)> StatusAndBodyAsync(WebApplication app, string method, string path, (string, string?) header)
    {
        var (status, body, _) = await CallAsync(app, method, path, header);
        return (status, body);
    }

    private static async Task<(HttpStatusCode Status, string Body, string Challenge)> CallAsync(
        WebApplication app, string method, string path, params (string Name, string? Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers.Where(h => h.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.WwwAuthenticate.ToString());
    }
}
