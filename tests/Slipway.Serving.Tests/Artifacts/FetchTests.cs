using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Tests.Runtimes;

namespace Slipway.Serving.Tests.Artifacts;

public sealed class FetchTests
{
    private const string Custom = """
        class Model:
            inputs = [{"name": "x", "datatype": "FP64", "shape": [-1]}]
            outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}]

            def predict(self, inputs):
                return {"y": inputs["x"] * 3}
        """;

    [Fact]
    public async Task ModelsOfOtherServers_AreServed_AsFileArchiveAndObjects()
    {
        using var folder = new TempFolder();
        await using var server = await FilesAsync(new Dictionary<string, byte[]>
        {
            ["/files/model.onnx"] = Models.Twice, ["/files/model.zip"] = Zip(("inner/model.py", Custom)), ["/bucket/triple/v1/model.py"] = Encoding.UTF8.GetBytes(Custom),
        });
        var address = server.Urls.First();
        await using var host = await ServingHost.StartAsync(null, ("Serving:S3:Endpoint", address), ("Serving:S3:AccessKey", "key"), ("Serving:S3:SecretKey", "secret"));

        await host.ApplyAsync("file", Predictor("onnx", $"{address}/moved/model.onnx"));
        Assert.Equal(42f, (float)(await host.AnswerAsync("file", "a", 21))["outputs"]![0]!["data"]![0]!);

        foreach (var (name, uri) in new[] { ("zipped", $"{address}/files/model.zip"), ("objects", "s3://bucket/triple/v1") })
        {
            var applied = await host.ApplyAsync(name, Predictor("python", uri));
            Assert.True(Conditions.StatusOf(applied, "Ready") == "True", applied.Status.ToJsonString());
            var answer = await PythonServingTests.InferAsync(host, name, PythonServingTests.Inputs(PythonServingTests.Tensor("x", "FP64", [2], 1, 2)));
            Assert.Equal("[3,6]", answer["outputs"]![0]!["data"]!.ToJsonString());
        }

        var gone = await host.ApplyAsync("gone", Predictor("onnx", $"{address}/files/nothing.onnx"));
        Assert.Equal("ModelNotFound", (string)gone.Status["conditions"]!.AsArray().Single(c => (string)c!["type"]! == "PredictorReady")!["reason"]!);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a/../../evil")]
    [InlineData("a\\..\\evil")]
    public async Task AnArchiveThatLeadsOut_IsRefused_AndWritesNothing(string name)
    {
        using var folder = new TempFolder();
        foreach (var (file, bytes) in new[] { ("a.zip", Zip((name, "x"))), ("a.tar", Tar(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) })) })
        {
            Assert.Equal(ProblemCode.Invalid, (await UnpackAsync(folder, file, bytes)).Problem!.Code);
        }

        Assert.Equal(["a.tar", "a.zip", "out"], Directory.GetFileSystemEntries(folder.FullPath).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task LinksDamageAndTooManyBytes_AreRefused()
    {
        using var folder = new TempFolder();
        Assert.Contains("SymbolicLink", (await UnpackAsync(folder, "l.tar", Tar(new PaxTarEntry(TarEntryType.SymbolicLink, "l") { LinkName = "/etc/passwd" }))).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", (await UnpackAsync(folder, "d.zip", [1, 2, 3])).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", (await UnpackAsync(folder, "d.tgz", [1, 2, 3])).Problem!.Message, StringComparison.Ordinal);

        // A megabyte of nothing packs to a thousandth: what counts is what comes out.
        Assert.Equal(ProblemCode.TooLarge, (await UnpackAsync(folder, "bomb.zip", Zip(("zeros", new string('0', 1 << 20))), 1 << 16)).Problem!.Code);
    }

    /// <summary>AWS's own examples of signing, from its guide to Signature Version 4 for S3.</summary>
    [Theory]
    [InlineData("lifecycle=", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void Signatures_AreThoseOfTheGuide(string query, string signature)
    {
        var options = new S3Options(null, "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "");
        var now = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
        var headers = new[] { ("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", S3Signature.EmptyBody), ("x-amz-date", S3Signature.Time(now)) };

        Assert.EndsWith($"Signature={signature}", S3Signature.Authorization(options, "GET", "/", query, headers, now), StringComparison.Ordinal);
    }

    /// <summary>The guide's example of a write.</summary>
    [Fact]
    public void TheSignatureOfAWrite_IsThatOfTheGuide()
    {
        const string Body = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        var options = new S3Options(null, "us-east-1", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "");
        var now = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
        var headers = new[]
        {
            ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", Body), ("x-amz-date", S3Signature.Time(now)),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        };

        Assert.EndsWith(
            "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            S3Signature.Authorization(options, "PUT", "/test%24file.text", "", headers, now, Body), StringComparison.Ordinal);
    }

    private static Task<Result<string>> UnpackAsync(TempFolder folder, string name, byte[] archive, long most = 1 << 20)
    {
        var path = Path.Combine(folder.FullPath, name);
        File.WriteAllBytes(path, archive);
        return Archives.UnpackAsync(path, Path.Combine(folder.FullPath, "out"), most, CancellationToken.None);
    }

    private static JsonObject Predictor(string format, string uri) => new()
    {
        ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = format }, ["storageUri"] = uri },
    };

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Tar(TarEntry entry)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, leaveOpen: true))
        {
            tar.WriteEntry(entry);
        }

        return bytes.ToArray();
    }

    /// <summary>A server of files that also lists them as S3 does; <c>/moved/</c> leads on to <c>/files/</c>.</summary>
    private static async Task<WebApplication> FilesAsync(Dictionary<string, byte[]> files)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async http =>
        {
            var path = http.Request.Path.Value!;
            if (path.StartsWith("/moved/", StringComparison.Ordinal))
            {
                http.Response.Redirect(path.Replace("/moved/", "/files/", StringComparison.Ordinal));
            }
            else if (files.TryGetValue(path, out var bytes))
            {
                await http.Response.Body.WriteAsync(bytes);
            }
            else if (http.Request.Query["list-type"] == "2" && http.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256 Credential=key/", StringComparison.Ordinal))
            {
                var keys = files.Keys.Where(k => k.StartsWith($"{path}/{http.Request.Query["prefix"]}", StringComparison.Ordinal)).Select(k => k[(path.Length + 1)..]);
                var items = string.Concat(keys.Select(k => $"<Contents><Key>{k}</Key><Size>1</Size><ETag>\"{k}\"</ETag></Contents>"));
                await http.Response.WriteAsync($"""<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated>{items}</ListBucketResult>""");
            }
            else
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            }
        });
        await app.StartAsync();
        return app;
    }
}
