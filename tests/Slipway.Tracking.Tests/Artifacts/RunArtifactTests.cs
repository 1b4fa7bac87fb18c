using System.Net;
using System.Net.Http.Headers;

namespace Slipway.Tracking.Tests.Artifacts;

/// <summary>The artifacts of runs and logged models as MLflow's pages and clients ask for them, and the port.</summary>
public class RunArtifactTests
{
    [Fact]
    public async Task Lists_AreRelativeToTheRun()
    {
        await using var host = await ArtifactHost.StartAsync();
        await host.StoreAsync($"{ArtifactHost.RunRoot}/a.txt", "0"u8.ToArray());
        await host.StoreAsync($"{ArtifactHost.RunRoot}/dir/b.txt", "1"u8.ToArray());
        var root = $"\"root_uri\":\"mlflow-artifacts:/{ArtifactHost.RunRoot}\"";
        Assert.Equal(
            $$"""{{{root}},"files":[{"path":"a.txt","is_dir":false,"file_size":1},{"path":"dir","is_dir":true}]}""",
            (await host.GetAsync($"/api/2.0/mlflow/artifacts/list?run_id={ArtifactHost.RunId}")).ToJsonString());
        Assert.Equal(
            $$"""{{{root}},"files":[{"path":"dir/b.txt","is_dir":false,"file_size":1}]}""",
            (await host.GetAsync($"/ajax-api/2.0/mlflow/artifacts/list?run_uuid={ArtifactHost.RunId}&path=dir")).ToJsonString());
        await host.GetAsync("/api/2.0/mlflow/artifacts/list?run_id=none", 404);
        await host.GetAsync("/api/2.0/mlflow/artifacts/list", 400);
        await host.GetAsync($"/api/2.0/mlflow/artifacts/list?run_id={ArtifactHost.RunId}&path=..", 400);
    }

    [Fact]
    public async Task FilesOfARun_AreFetchedAndSentByThePages()
    {
        await using var host = await ArtifactHost.StartAsync();
        var upload = $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={ArtifactHost.RunId}&path=notes/a.txt";
        using var sent = await host.Http.PostAsync(host.Raw(upload), new ByteArrayContent("abcdefg"u8.ToArray()));
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        using var got = await host.Http.GetAsync(host.Raw($"/get-artifact?run_id={ArtifactHost.RunId}&path=notes%2Fa.txt"));
        Assert.Equal(("abcdefg", "text/plain"), (await got.Content.ReadAsStringAsync(), got.Content.Headers.ContentType!.ToString()));
        await host.GetAsync($"/get-artifact?run_id={ArtifactHost.RunId}&path=none", 404);
        await host.GetAsync($"/get-artifact?run_id={ArtifactHost.RunId}", 400);
        await host.GetAsync("/get-artifact?run_id=none&path=a", 404);
        await host.GetAsync("/model-versions/get-artifact?name=m&version=1&path=a", 404);
        await host.GetAsync("/model-versions/get-artifact?name=m&path=a", 400);
        await host.GetAsync("/model-versions/get-artifact?name=m&version=x&path=a", 404);
    }

    [Theory]
    [InlineData("?path=a", 1, "Request must specify run_uuid.")]
    [InlineData("?run_uuid=" + ArtifactHost.RunId, 1, "Request must specify path.")]
    [InlineData("?run_uuid=" + ArtifactHost.RunId + "&path=a", 0, "Request must specify data.")]
    [InlineData("?run_uuid=" + ArtifactHost.RunId + "&path=a", 10485761, "Artifact size is too large. Max size is 10MB.")]
    [InlineData("?run_uuid=" + ArtifactHost.RunId + "&path=%2Fa", 1, "Invalid path")]
    public async Task PagesUploadsThatCannotBe_AreRefusedInMlflowsWords(string query, int bytes, string message)
    {
        await using var host = await ArtifactHost.StartAsync();
        using var answer = await host.Http.PostAsync(host.Raw("/ajax-api/2.0/mlflow/upload-artifact" + query), new ByteArrayContent(new byte[bytes]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(message, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesOfALoggedModel_AreListedAndFetched()
    {
        await using var host = await ArtifactHost.StartAsync();
        await host.StoreAsync($"1/models/{ArtifactHost.ModelId}/artifacts/MLmodel", "flavors: {}"u8.ToArray());
        await host.StoreAsync($"1/models/{ArtifactHost.ModelId}/artifacts/code/x.py", "1"u8.ToArray());
        var api = $"/api/2.0/mlflow/logged-models/{ArtifactHost.ModelId}/artifacts";
        var listed = await host.GetAsync(api + "/directories?artifact_directory_path=code");
        Assert.Equal("code/x.py", (string?)listed["files"]![0]!["path"]);
        Assert.Equal(2, (await host.GetAsync(api + "/directories"))["files"]!.AsArray().Count);
        Assert.Equal("flavors: {}", await host.Http.GetStringAsync(host.Raw(api.Replace("/api/", "/ajax-api/", StringComparison.Ordinal) + "/files?artifact_file_path=MLmodel")));
        Assert.Equal("BAD_REQUEST", (string?)(await host.GetAsync(api + "/files", 400))["error_code"]);
        await host.GetAsync("/api/2.0/mlflow/logged-models/m-none/artifacts/directories", 404);
    }

    [Fact]
    public async Task ThePort_ReadsAndWritesByUri()
    {
        await using var host = await ArtifactHost.StartAsync();
        using var content = new MemoryStream("0123456789"u8.ToArray());
        var run = $"runs:/{ArtifactHost.RunId}/model";
        var written = (await host.Files.WriteAsync("default", run + "/a.bin", content, default)).Value;
        Assert.Equal(("a.bin", 10L), (written.Path, written.Bytes));
        await using (var part = (await host.Files.OpenAsync("default", run + "/a.bin", 3, 4, default)).Value)
        {
            using var reader = new StreamReader(part);
            Assert.Equal("3456", await reader.ReadToEndAsync());
        }

        Assert.Equal("a.bin", Assert.Single((await host.Files.ListAsync("default", run, default)).Value).Path);
        Assert.Equal("model/a.bin", Assert.Single((await host.Files.ListTreeAsync("default", $"runs:/{ArtifactHost.RunId}", default)).Value).Path);
        Assert.Equal("a.bin", Assert.Single((await host.Files.ListTreeAsync("default", run + "/a.bin", default)).Value).Path);
        Assert.True((await host.Files.FindAsync("default", run, default)).Value.IsFolder);
        Assert.Equal("NotFound", (await host.Files.FindAsync("default", "runs:/none/x", default)).Problem!.Code.ToString());
        Assert.Equal("NotFound", (await host.Files.OpenAsync("other", run + "/a.bin", 0, null, default)).Problem!.Code.ToString());
        Assert.Equal("Invalid", (await host.Files.ListAsync("default", "s3://bucket/x", default)).Problem!.Code.ToString());
        Assert.Equal(1, (await host.Files.DeleteAsync("default", run, default)).Value);
        Assert.Empty((await host.Files.ListAsync("default", $"runs:/{ArtifactHost.RunId}", default)).Value);
    }

    [Fact]
    public async Task RunsWhoseFilesAreElsewhere_SaySo()
    {
        await using var host = await ArtifactHost.StartAsync(places: new ArtifactHost.Places { Root = "s3://bucket/1" });
        var answer = await host.GetAsync($"/api/2.0/mlflow/artifacts/list?run_id={ArtifactHost.RunId}", 400);
        Assert.Contains("s3://bucket/1", (string?)answer["message"], StringComparison.Ordinal);
    }
}
