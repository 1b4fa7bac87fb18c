using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Tracking.Tests.Artifacts;

public class ProxyOnSqlite() : ProxyTests(DatabaseEngine.Sqlite);

public class ProxyOnPostgres() : ProxyTests(DatabaseEngine.PostgreSql);

/// <summary>MLflow's artifact proxy over HTTP, on each database.</summary>
public abstract class ProxyTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Files_ComeBackAsTheyWereSentAndAreListed()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("a.txt", "0"u8.ToArray());
        await host.StoreAsync("dir/b.txt", "1"u8.ToArray());
        await host.StoreAsync("dir/deep/er/c", []);
        Assert.Equal("0"u8.ToArray(), await host.LoadAsync("a.txt"));
        Assert.Equal("1"u8.ToArray(), await host.LoadAsync("dir/b.txt"));
        Assert.Empty(await host.LoadAsync("dir/deep/er/c"));
        Assert.Equal(
            """{"files":[{"path":"a.txt","is_dir":false,"file_size":1},{"path":"dir","is_dir":true}]}""",
            (await host.GetAsync(ArtifactHost.Proxy)).ToJsonString());
        Assert.Equal("b.txt deep/", await host.ListAsync("dir"));
        Assert.Equal("b.txt deep/", await host.ListAsync("dir/"));
        Assert.Equal("c", await host.ListAsync("dir/deep/er"));
        Assert.Equal("", await host.ListAsync("a.txt"));
        Assert.Equal("{}", (await host.GetAsync(ArtifactHost.Proxy + "?path=nothing")).ToJsonString());
    }

    [Fact]
    public async Task AFile_IsReplacedAsAWhole()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("x/a", "first"u8.ToArray());
        await host.StoreAsync("x/a", "second one"u8.ToArray());
        Assert.Equal("second one"u8.ToArray(), await host.LoadAsync("x/a"));
        Assert.Equal("a", await host.ListAsync("x"));
    }

    [Theory]
    [InlineData("gr%C3%B6%C3%9Fe%20%F0%9F%8F%A0.txt", "größe 🏠.txt")]
    [InlineData("%E6%A8%A1%E5%9E%8B", "模型")]
    [InlineData("a%2520b", "a b")]
    [InlineData("dog%25step%25100%25timestamp%25100", "dog%step%100%timestamp%100")]
    [InlineData("x+y=z&w,(1)'[2]{3}.bin", "x+y=z&w,(1)'[2]{3}.bin")]
    public async Task NamesInAnyScript_Work(string sent, string name)
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("d/" + sent, "x"u8.ToArray());
        Assert.Equal(name, await host.ListAsync("d"));
        Assert.Equal("x"u8.ToArray(), await host.LoadAsync("d/" + sent));
    }

    [Fact]
    public async Task FoldersAndFiles_DoNotTakeOneAnothersPlace()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("a/b", "x"u8.ToArray());
        using var below = await host.PutAsync("a/b/c", [1]);
        using var above = await host.PutAsync("a", [1]);
        Assert.Equal((400, 400), ((int)below.StatusCode, (int)above.StatusCode));
        Assert.Contains("'a/b' is a file", await below.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("'a' is a folder", await above.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("b", await host.ListAsync("a"));
        var missing = await host.GetAsync(ArtifactHost.Proxy + "/a", 404);
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", (string?)missing["error_code"]);
    }

    [Fact]
    public async Task Deleting_TakesATreeAndTheFoldersThatBecomeEmpty()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        foreach (var path in new[] { "1/r/a", "1/r/d/b", "1/r/d/e/c", "1/rx/k", "1/s" })
        {
            await host.StoreAsync(path, Encoding.UTF8.GetBytes(path));
        }

        foreach (var path in new[] { "1/r/d", "1/r/a", "1/nothing" })
        {
            using var answer = await host.Http.DeleteAsync(host.Raw($"{ArtifactHost.Proxy}/{path}/"));
            Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal("rx/ s", await host.ListAsync("1"));
        await host.GetAsync(ArtifactHost.Proxy + "/1/r/d/e/c", 404);
        Assert.Equal("1/rx/k"u8.ToArray(), await host.LoadAsync("1/rx/k"));
    }

    [Theory]
    [InlineData("path/../to/file")]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/passwd%2500.jpg")]
    [InlineData("/file://etc/passwd")]
    [InlineData("%2E%2E%2F%2E%2E%2Fpath")]
    [InlineData("%252E%252E%252Fpath")]
    [InlineData("a/b/%2e%2e/%2e%2e/c")]
    [InlineData("a%5C..%5Cb")]
    [InlineData("a%23b")]
    public async Task PathsThatLeadElsewhere_AreInvalidEverywhere(string path)
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            using var request = new HttpRequestMessage(method, host.Raw($"{ArtifactHost.Proxy}/{path}"));
            using var answer = await host.Http.SendAsync(request);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal((400, "INVALID_PARAMETER_VALUE", "Invalid path"), ((int)answer.StatusCode, (string?)body["error_code"], (string?)body["message"]));
        }

        var listed = await host.GetAsync($"{ArtifactHost.Proxy}?path={Uri.EscapeDataString(path)}", 400);
        Assert.Equal("Invalid path", (string?)listed["message"]);
        var ofRun = await host.GetAsync($"/get-artifact?run_id={ArtifactHost.RunId}&path={Uri.EscapeDataString(path)}", 400);
        Assert.Equal("Invalid path", (string?)ofRun["message"]);
        Assert.Equal(0, await host.ObjectsAsync());
    }

    [Fact]
    public async Task Downloads_HaveTheHeadersThatClientsReadAndCacheBy()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        var content = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        await host.StoreAsync("d/c.png", content);
        var address = host.Raw(ArtifactHost.Proxy + "/d/c.png");
        using var whole = await host.Http.GetAsync(address);
        Assert.Equal("image/png", whole.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename=c.png", whole.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal("nosniff", whole.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(1000, whole.Content.Headers.ContentLength);
        var tag = whole.Headers.ETag!;

        using var head = await host.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, address));
        Assert.Equal((1000L, tag), (head.Content.Headers.ContentLength!.Value, head.Headers.ETag));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        using var cached = await SendAsync(host, address, r => r.Headers.IfNoneMatch.Add(tag));
        Assert.Equal(HttpStatusCode.NotModified, cached.StatusCode);

        using var part = await SendAsync(host, address, r => r.Headers.Range = new RangeHeaderValue(990, null));
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 990-999/1000"), (part.StatusCode, part.Content.Headers.ContentRange!.ToString()));
        Assert.Equal(content[990..], await part.Content.ReadAsByteArrayAsync());

        using var beyond = await SendAsync(host, address, r => r.Headers.Range = new RangeHeaderValue(1000, null));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */1000"), (beyond.StatusCode, beyond.Content.Headers.ContentRange!.ToString()));

        using var changed = await SendAsync(host, address, r =>
        {
            r.Headers.Range = new RangeHeaderValue(990, null);
            r.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue("\"other\""));
        });
        Assert.Equal((HttpStatusCode.OK, 1000L), (changed.StatusCode, changed.Content.Headers.ContentLength!.Value));
    }

    [Fact]
    public async Task Workspaces_DoNotSeeOneAnothersFiles()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("a/x", "default"u8.ToArray());
        await host.StoreAsync("a/x", "team"u8.ToArray(), "team-a");
        await host.StoreAsync("workspaces/team-a/1/y", "root"u8.ToArray(), "team-a");
        Assert.Equal("default"u8.ToArray(), await host.LoadAsync("a/x"));
        using var inTeam = await SendAsync(host, host.Raw(ArtifactHost.Proxy + "/a/x"), r => r.Headers.Add("X-MLFLOW-WORKSPACE", "team-a"));
        Assert.Equal("team", await inTeam.Content.ReadAsStringAsync());
        using var deleted = await host.Http.DeleteAsync(host.Raw(ArtifactHost.Proxy + "/a"));
        using var still = await SendAsync(host, host.Raw(ArtifactHost.Proxy + "/a/x"), r => r.Headers.Add("X-MLFLOW-WORKSPACE", "team-a"));
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);

        // A root of a workspace says itself which one it is.
        Assert.Equal("root"u8.ToArray(), await host.LoadAsync("workspaces/team-a/1/y"));
        Assert.Equal("y", await host.ListAsync("workspaces/team-a/1"));
        using var other = await SendAsync(host, host.Raw(ArtifactHost.Proxy + "/workspaces/team-a/1/y"), r => r.Headers.Add("X-MLFLOW-WORKSPACE", "team-b"));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task AnUploadThatBreaksOff_LeavesNothing()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await host.StoreAsync("keep/a", "old"u8.ToArray());
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            var head = $"PUT {ArtifactHost.Proxy}/keep/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n";
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            await stream.WriteAsync(new byte[300_000]);
        }

        // The server notices in its own time; its answers are the clock here.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!patience.IsCancellationRequested && await host.ObjectsAsync() != 1)
        {
            Assert.Equal("old"u8.ToArray(), await host.LoadAsync("keep/a"));
        }

        Assert.Equal("old"u8.ToArray(), await host.LoadAsync("keep/a"));
        Assert.Equal(1, await host.ObjectsAsync());
    }

    [Fact]
    public async Task ManyWritersInOneFolder_LoseNothing()
    {
        await using var host = await ArtifactHost.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => host.StoreAsync($"run/d{i % 4}/f{i}", Encoding.UTF8.GetBytes($"{i % 7}"))));
        Assert.Equal("d0/ d1/ d2/ d3/", await host.ListAsync("run"));
        var tree = await host.Files.ListTreeAsync("default", "mlflow-artifacts:/run", default);
        Assert.Equal(40, tree.Value.Count);
        Assert.Equal(7, await host.ObjectsAsync());
    }

    [Fact]
    public async Task FilesOfVersionsThatSlipwayTrained_AreDownloadedAndNeverChanged()
    {
        var places = new ArtifactHost.Places();
        await using var host = await ArtifactHost.StartAsync(engine, places: places);
        var model = await host.Floor.Objects.PutBytesAsync("onnx"u8.ToArray(), default);
        places.Version = [new ModelVersionFile("MLmodel", 4, model.Value.Sha256), new ModelVersionFile("data/model.onnx", 4, model.Value.Sha256)];
        Assert.Equal("MLmodel data/", await host.ListAsync("registry/housing/3"));
        Assert.Equal("model.onnx", await host.ListAsync("registry/housing/3/data"));
        Assert.Equal("", await host.ListAsync("registry/housing/4"));
        Assert.Equal("onnx"u8.ToArray(), await host.LoadAsync("registry/housing/3/data/model.onnx"));
        await host.GetAsync(ArtifactHost.Proxy + "/registry/housing/3/none", 404);
        using var put = await host.PutAsync("registry/housing/3/MLmodel", [1]);
        using var deleted = await host.Http.DeleteAsync(host.Raw(ArtifactHost.Proxy + "/registry/housing/3"));
        Assert.Equal((400, 400), ((int)put.StatusCode, (int)deleted.StatusCode));
    }

    private static async Task<HttpResponseMessage> SendAsync(ArtifactHost host, Uri address, Action<HttpRequestMessage> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        change(request);
        return await host.Http.SendAsync(request);
    }
}
