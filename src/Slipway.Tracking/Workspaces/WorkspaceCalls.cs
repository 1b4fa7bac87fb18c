using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;

namespace Slipway.Tracking.Workspaces;

/// <summary><c>3.0/mlflow/workspaces</c>: a workspace is a namespace; its description and artifact root are annotations of it.</summary>
internal static class WorkspaceCalls
{
    private const string Route = "3.0/mlflow/workspaces";
    private const string Description = "slipway.dev/description";
    private const string ArtifactRoot = "slipway.dev/mlflow-artifact-root";

    private static readonly WriteOptions Options = new("mlflow");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("GET", Route, ListAsync).RequirePermission("workspaces.read");
        routes.MapMlflow("POST", Route, CreateAsync).RequirePermission("workspaces.write");
        routes.MapMlflow("GET", Route + "/{workspace_name}", GetAsync).RequirePermission("workspaces.read");
        routes.MapMlflow("PATCH", Route + "/{workspace_name}", UpdateAsync).RequirePermission("workspaces.write");
        routes.MapMlflow("DELETE", Route + "/{workspace_name}", DeleteAsync).RequirePermission("workspaces.write");
    }

    private static async Task<Result<MlflowReply>> ListAsync(MlflowCall call)
    {
        var listed = await call.Service<IResourceStore>().ListAsync(CoreKinds.Namespace, new ListQuery(), call.Cancellation);
        return listed.Select(list => MlflowReply.Object(writer =>
        {
            writer.WriteStartArray("workspaces");
            foreach (var workspace in list.Items.Where(n => !n.IsDeleting))
            {
                Write(writer, workspace);
            }

            writer.WriteEndArray();
        }));
    }

    private static async Task<Result<MlflowReply>> CreateAsync(MlflowCall call)
    {
        var (name, description, root) = (call.Fields.Required("name"), call.Fields.Text("description"), call.Fields.Text("default_artifact_root"));
        if ((call.Fields.Problem ?? MlflowWorkspace.Check(name).Problem) is { } bad)
        {
            return bad;
        }

        var annotations = new JsonObject();
        Annotate(annotations, description, root);
        var wanted = new Resource(new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = annotations },
        });
        var made = await call.Service<IResourceStore>().CreateAsync(CoreKinds.Namespace, wanted, Options, call.Cancellation);
        return made.Succeeded ? Reply(made.Value, StatusCodes.Status201Created)
            : made.Problem.Code is ProblemCode.AlreadyExists ? Problem.AlreadyExists($"Workspace '{name}'") : made.Problem;
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call) => (await FindAsync(call)).Select(workspace => Reply(workspace));

    private static async Task<Result<MlflowReply>> UpdateAsync(MlflowCall call)
    {
        var annotations = new JsonObject();
        Annotate(annotations, call.Fields.Text("description"), call.Fields.Text("default_artifact_root"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!(await FindAsync(call)).TryGet(out var found, out var problem))
        {
            return problem;
        }

        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } };
        var patched = await call.Service<IResourceStore>().PatchAsync(CoreKinds.Namespace, "", found.Name, PatchType.Merge, patch, null, Options, call.Cancellation);
        return patched.Select(workspace => Reply(workspace));
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call)
    {
        if (!(await FindAsync(call)).TryGet(out var found, out var problem))
        {
            return problem;
        }

        if (found.Name == CoreKinds.DefaultNamespace)
        {
            return Problem.Invalid($"Cannot delete the reserved workspace '{found.Name}'");
        }

        var deleted = await call.Service<IResourceStore>().DeleteAsync(CoreKinds.Namespace, "", found.Name, new DeleteOptions("mlflow"), call.Cancellation);
        return deleted.Select(_ => MlflowReply.Stream(http =>
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
    }

    private static async Task<Result<Resource>> FindAsync(MlflowCall call)
    {
        var name = call.Path("workspace_name");
        var missing = new Problem(ProblemCode.NotFound, $"Workspace '{name}' not found");
        if (!MlflowWorkspace.Check(name).Succeeded)
        {
            return missing;
        }

        var found = await call.Service<IResourceStore>().GetAsync(CoreKinds.Namespace, "", name, call.Cancellation);
        return found.Problem?.Code == ProblemCode.NotFound ? missing : found;
    }

    // Null in a merge patch takes the annotation away; what was not given stays.
    private static void Annotate(JsonObject annotations, string? description, string? root)
    {
        if (description is not null)
        {
            annotations[Description] = description.Length == 0 ? null : description;
        }

        if (root is not null)
        {
            annotations[ArtifactRoot] = root.Length == 0 ? null : root;
        }
    }

    private static MlflowReply Reply(Resource workspace, int status = StatusCodes.Status200OK) => MlflowReply.Object(
        writer =>
        {
            writer.WritePropertyName("workspace");
            Write(writer, workspace);
        },
        status);

    private static void Write(System.Text.Json.Utf8JsonWriter writer, Resource workspace)
    {
        var annotations = workspace.Metadata["annotations"] as JsonObject;
        writer.WriteStartObject();
        writer.WriteString("name", workspace.Name);
        writer.WriteSet("description", (string?)annotations?[Description]);
        writer.WriteSet("default_artifact_root", (string?)annotations?[ArtifactRoot]);
        writer.WriteEndObject();
    }
}
