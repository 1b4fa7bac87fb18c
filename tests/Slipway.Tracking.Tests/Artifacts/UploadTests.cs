using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Artifacts;

public class UploadOnSqlite() : UploadTests(DatabaseEngine.Sqlite);

public class UploadOnPostgres() : UploadTests(DatabaseEngine.PostgreSql);

/// <summary>Uploads in parts and addresses that need no token, on each database.</summary>
public abstract class UploadTests(DatabaseEngine engine)
{
    private const string Mpu = "/api/2.0/mlflow-artifacts/mpu";

    [Fact]
    public async Task Parts_BecomeOneFile()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var (id, parts) = await BeginAsync(host, 3);
        byte[][] pieces = [RandomNumberGenerator.GetBytes(200_000), RandomNumberGenerator.GetBytes(200_000), [7]];
        var tags = await Task.WhenAll(parts.Zip(pieces, (url, piece) => PutPartAsync(host, url, piece)));
        await CompleteAsync(host, id, tags);
        Assert.Equal(pieces.SelectMany(p => p), await host.LoadAsync("1/run/artifacts/big.bin"));

        // The answer may have been lost: asked again, it is still done.
        await CompleteAsync(host, id, tags);
        var missing = await host.PostAsync(Mpu + "/complete/1/run/artifacts", Completion("0", tags), 404);
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", (string?)missing["error_code"]);
    }

    [Fact]
    public async Task WrongParts_AreRefusedAndTheUploadGoesOn()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var (id, parts) = await BeginAsync(host, 2);
        var first = await PutPartAsync(host, parts[0], "aa"u8.ToArray());
        await host.PostAsync(Mpu + "/complete/1/run/artifacts", Completion(id, [first, "\"x\""]), 400);
        await host.PostAsync(Mpu + "/complete/1/run/artifacts", Completion(id, ["\"x\""]), 400);
        await host.PostAsync(Mpu + "/complete/1/run/artifacts", Completion(id, []), 400);
        await host.PostAsync(Mpu + "/complete/1/other", Completion(id, [first]), 404);
        using var beyond = await host.Http.PutAsync(host.Raw(parts[0][..^1] + "3"), new ByteArrayContent([1]));
        using var strange = await host.Http.PutAsync(host.Raw($"{Mpu}/parts/xyz/1"), new ByteArrayContent([1]));
        Assert.Equal((400, 400), ((int)beyond.StatusCode, (int)strange.StatusCode));

        // Sent again, a part replaces the one before.
        first = await PutPartAsync(host, parts[0], "bb"u8.ToArray());
        await CompleteAsync(host, id, [first, await PutPartAsync(host, parts[1], "cc"u8.ToArray())]);
        Assert.Equal("bbcc"u8.ToArray(), await host.LoadAsync("1/run/artifacts/big.bin"));
        using var late = await host.Http.PutAsync(host.Raw(parts[0]), new ByteArrayContent([1]));
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Fact]
    public async Task AnUploadGivenUpOrForgotten_LeavesNothing()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var (given, parts) = await BeginAsync(host, 1);
        await PutPartAsync(host, parts[0], "aa"u8.ToArray());
        await host.PostAsync(Mpu + "/abort/1/run/artifacts", new JsonObject { ["path"] = "big.bin", ["upload_id"] = given });
        var (_, forgotten) = await BeginAsync(host, 1);
        await PutPartAsync(host, forgotten[0], "bb"u8.ToArray());
        Assert.Equal(2, await host.ObjectsAsync());
        host.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await host.Collector.CollectAsync(default)).Value);
        host.Clock.Advance(TimeSpan.FromHours(23));
        await host.Collector.CollectAsync(default);
        host.Clock.Advance(TimeSpan.FromHours(2));
        await host.Collector.CollectAsync(default);
        Assert.Equal(0, await host.ObjectsAsync());
        Assert.Equal("", await host.ListAsync(""));
    }

    [Theory]
    [InlineData("""{"path": "big.bin", "num_parts": 0}""")]
    [InlineData("""{"path": "big.bin", "num_parts": 10001}""")]
    [InlineData("""{"path": "big.bin", "num_parts": "x"}""")]
    [InlineData("""{"path": "dir/", "num_parts": 1}""")]
    [InlineData("""{"path": "..", "num_parts": 1}""")]
    [InlineData("""{"num_parts": 1}""")]
    public async Task UploadsThatCannotBe_AreRefused(string body)
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var answer = await host.PostAsync(Mpu + "/create/1/run", JsonNode.Parse(body)!.AsObject(), 400);
        Assert.Equal("INVALID_PARAMETER_VALUE", (string?)answer["error_code"]);
    }

    [Fact]
    public async Task SignedAddresses_AllowOneThingForSomeTime()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync($"{ArtifactHost.RunRoot}/dir/gr%C3%B6%C3%9Fe%201.txt", "content"u8.ToArray());
        var signed = await host.GetAsync($"/api/2.0/mlflow-artifacts/presigned/{ArtifactHost.RunRoot}/dir/gr%C3%B6%C3%9Fe%201.txt");
        Assert.Equal(7, (long)signed["file_size"]!);
        var url = (string)signed["url"]!;
        Assert.Contains("/api/2.0/mlflow-artifacts/signed/", url, StringComparison.Ordinal);
        Assert.Equal("content"u8.ToArray(), await host.Http.GetByteArrayAsync(host.Raw(url)));
        using var head = await host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, host.Raw(url)));
        Assert.Equal(7, head.Content.Headers.ContentLength);
        foreach (var wrong in new[] { url.Replace("1.txt", "2.txt", StringComparison.Ordinal), url.Replace("workspace=default", "workspace=other", StringComparison.Ordinal), url[..^1] })
        {
            using var refused = await host.Http.GetAsync(host.Raw(wrong));
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        using var write = await host.Http.PutAsync(host.Raw(url), new ByteArrayContent([1]));
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
        host.Clock.Advance(TimeSpan.FromHours(2));
        using var late = await host.Http.GetAsync(host.Raw(url));
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        var stored = (await host.Floor.Database.ReadAsync((session, _) => session.QueryAsync<string>("SELECT value FROM tracking_artifact_keys"), default)).Single();
        Assert.StartsWith("v1.", stored, StringComparison.Ordinal);
        await host.GetAsync("/api/2.0/mlflow-artifacts/presigned/none", 404);
    }

    [Fact]
    public async Task PresignedUploads_GoToTheRunsFolder()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        const string Ask = "/api/2.0/mlflow/artifacts/presigned-upload-url";
        var body = new JsonObject { ["run_id"] = ArtifactHost.RunId, ["path"] = "a/b.txt", ["expiration"] = 60 };
        var url = (string)(await host.PostAsync(Ask, body))["presigned_url"]!;
        using var put = await host.Http.PutAsync(host.Raw(url), new ByteArrayContent("hello"u8.ToArray()));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("hello"u8.ToArray(), await host.LoadAsync($"{ArtifactHost.RunRoot}/a/b.txt"));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        using var late = await host.Http.PutAsync(host.Raw(url), new ByteArrayContent("x"u8.ToArray()));
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        await host.PostAsync(Ask, new JsonObject { ["run_id"] = "none", ["path"] = "a" }, 404);
        await host.PostAsync(Ask, new JsonObject { ["run_id"] = ArtifactHost.RunId, ["path"] = "../a" }, 400);
        await host.PostAsync(Ask, new JsonObject { ["run_id"] = ArtifactHost.RunId, ["path"] = "a", ["expiration"] = 0 }, 400);
        await host.PostAsync(Ask, new JsonObject { ["path"] = "a" }, 400);
    }

    private static async Task<(string Id, string[] Parts)> BeginAsync(ArtifactHost host, int parts)
    {
        var made = await host.PostAsync(Mpu + "/create/1/run/artifacts", new JsonObject { ["path"] = "/tmp/some where/big.bin", ["num_parts"] = parts });
        var credentials = made["credentials"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, parts), credentials.Select(c => (int)c!["part_number"]!));
        return ((string)made["upload_id"]!, [.. credentials.Select(c => (string)c!["url"]!)]);
    }

    private static async Task<string> PutPartAsync(ArtifactHost host, string url, byte[] content)
    {
        using var answer = await host.Http.PutAsync(host.Raw(url), new ByteArrayContent(content));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.ETag!.Tag;
    }

    private static Task<JsonObject> CompleteAsync(ArtifactHost host, string id, string[] tags) =>
        host.PostAsync(Mpu + "/complete/1/run/artifacts", Completion(id, tags));

    private static JsonObject Completion(string id, string[] tags) => new()
    {
        ["path"] = "/tmp/some where/big.bin",
        ["upload_id"] = id,
        ["parts"] = new JsonArray([.. tags.Select((tag, i) => (JsonNode)new JsonObject { ["part_number"] = i + 1, ["etag"] = tag, ["url"] = null })]),
    };
}
