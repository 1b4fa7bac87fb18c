using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Slipway.Serving.Tests;

/// <summary>An object store on loopback that speaks S3's protocol as far as writing, reading and listing go, in pages of two.</summary>
internal sealed class TestObjectStore : IAsyncDisposable
{
    private const int Page = 2;

    private readonly WebApplication _app;
    private int _writes;

    private TestObjectStore(WebApplication app) => (_app, Url) = (app, app.Urls.First());

    public string Url { get; }

    public (string, string)[] Settings => [("Serving:S3:Endpoint", Url), ("Serving:S3:AccessKey", "key"), ("Serving:S3:SecretKey", "secret")];

    /// <summary>By bucket and key.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    public int Writes => Volatile.Read(ref _writes);

    /// <summary>What becomes of a write when its body has been read: true goes on as usual.</summary>
    public Func<HttpContext, Task<bool>> OnWrite { get; set; } = _ => Task.FromResult(true);

    /// <summary>What becomes of a write that has been done, before it is answered.</summary>
    public Func<HttpContext, Task> OnWritten { get; set; } = _ => Task.CompletedTask;

    public static async Task<TestObjectStore> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        TestObjectStore? store = null;
        app.Run(http => store!.AnswerAsync(http));
        await app.StartAsync();
        store = new TestObjectStore(app);
        return store;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        // As it was sent: an escaped character stays one.
        var path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var key = Uri.UnescapeDataString(path).TrimStart('/');
        if (!http.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256 Credential=key/", StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
        else if (HttpMethods.IsPut(http.Request.Method))
        {
            await WriteAsync(http, key);
        }
        else if (http.Request.Query["list-type"] == "2")
        {
            await ListAsync(http, key + "/");
        }
        else if (Objects.TryGetValue(key, out var found))
        {
            await http.Response.Body.WriteAsync(found);
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task WriteAsync(HttpContext http, string key)
    {
        Interlocked.Increment(ref _writes);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        if (!await OnWrite(http))
        {
            return;
        }

        if (http.Request.Headers["x-amz-content-sha256"] != Convert.ToHexStringLower(SHA256.HashData(body.ToArray())))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        Objects[key] = body.ToArray();
        await OnWritten(http);
    }

    private Task ListAsync(HttpContext http, string bucket)
    {
        var (prefix, after) = (bucket + http.Request.Query["prefix"], bucket + http.Request.Query["start-after"]);
        var all = Objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0).OrderBy(o => o.Key, StringComparer.Ordinal).ToArray();
        var items = string.Concat(all.Take(Page).Select(o => $"<Contents><Key>{o.Key[bucket.Length..]}</Key><Size>{o.Value.Length}</Size><ETag>\"x\"</ETag></Contents>"));
        var more = all.Length > Page ? "<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>" : "<IsTruncated>false</IsTruncated>";
        return http.Response.WriteAsync($"""<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{more}{items}</ListBucketResult>""");
    }
}
