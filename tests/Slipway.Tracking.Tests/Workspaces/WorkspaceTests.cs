using System.Net;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Workspaces;

public abstract class WorkspaceTests(DatabaseEngine engine)
{
    private const string Route = "/api/3.0/mlflow/workspaces";

    [Fact]
    public async Task Workspaces_SeeNothingOfOneAnother()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.PostAsync(Route, """{"name": "team-a", "description": "ours"}""");
        var experiment = await host.Mlflow.ExperimentAsync("housing", "team-a");
        Assert.NotEqual(experiment, await host.Mlflow.ExperimentAsync("housing"));
        var run = await host.Mlflow.RunAsync(experiment, workspace: "team-a");
        var info = (await host.Mlflow.GetAsync($"runs/get?run_id={run}", "team-a"))["run"]!["info"]!;
        Assert.Equal($"mlflow-artifacts:/workspaces/team-a/{experiment}/{run}/artifacts", (string?)info["artifact_uri"]);
        await host.Mlflow.RefusedAsync($"runs/get?run_id={run}", null, 404, "RESOURCE_DOES_NOT_EXIST", "not found");
        Assert.Equal(
            ["Default", "housing"],
            (await host.Mlflow.PostAsync("experiments/search", "{}", "team-a"))["experiments"]!.AsArray().Select(e => (string)e!["name"]!).Order(StringComparer.Ordinal));
        Assert.Equal("0", (string?)(await host.Mlflow.PostAsync("runs/create", "{}", "team-a"))["run"]!["info"]!["experiment_id"]);
        var (status, text) = await host.Mlflow.SendAsync(HttpMethod.Post, "experiments/create", """{"name": "x"}""", "nobody");
        Assert.Equal((HttpStatusCode.NotFound, true), (status, text.Contains("Workspace 'nobody' not found", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AWorkspace_IsMadeChangedListedAndDeleted()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var (status, text) = await host.Mlflow.SendAsync(HttpMethod.Post, Route, """{"name": "team-a", "description": "ours", "default_artifact_root": "s3://b"}""");
        Assert.Equal((HttpStatusCode.Created, """{"workspace":{"name":"team-a","description":"ours","default_artifact_root":"s3://b"}}"""), (status, text));
        await host.Mlflow.RefusedAsync(Route, """{"name": "team-a"}""", 400, "RESOURCE_ALREADY_EXISTS", "Workspace 'team-a' already exists");
        await host.Mlflow.RefusedAsync(Route, """{"name": "Team A"}""", 400, "INVALID_PARAMETER_VALUE", "Invalid workspace name");
        await host.Mlflow.OkAsync(HttpMethod.Patch, Route + "/team-a", """{"description": "theirs"}""");
        Assert.Equal("""{"workspace":{"name":"team-a","description":"theirs","default_artifact_root":"s3://b"}}""", (await host.Mlflow.GetAsync(Route + "/team-a")).ToJsonString());
        var listed = (await host.Mlflow.GetAsync(Route))["workspaces"]!.AsArray().Select(w => (string)w!["name"]!).ToArray();
        Assert.Contains("team-a", listed);
        (status, _) = await host.Mlflow.SendAsync(HttpMethod.Delete, Route + "/team-a");
        Assert.Equal(HttpStatusCode.NoContent, status);
        await host.Mlflow.RefusedAsync(Route + "/nothing", null, 404, "RESOURCE_DOES_NOT_EXIST", "Workspace 'nothing' not found");
    }

    [Fact]
    public async Task TheServer_SaysThatItLivesAndWhatItIs()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        Assert.Equal("OK", (await host.Mlflow.SendAsync(HttpMethod.Get, "/health")).Text);
        Assert.Equal("""{"store_type":"SqlStore","workspaces_enabled":true}""", JsonNode.Parse((await host.Mlflow.SendAsync(HttpMethod.Get, "/ajax-api/3.0/mlflow/server-info")).Text)!.ToJsonString());
    }
}

public sealed class SqliteWorkspaceTests() : WorkspaceTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlWorkspaceTests() : WorkspaceTests(DatabaseEngine.PostgreSql);
