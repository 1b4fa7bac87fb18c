using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Artifacts.Domain;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>
/// <c>mlflow-artifacts/mpu/create|complete|abort/FOLDER</c>: uploads in parts. Clients send the parts to the addresses that they are given, without
/// their token, so an address is all that a part needs: it holds the upload's secret id.
/// </summary>
internal static class MultipartUpload
{
    private const string Root = "2.0/mlflow-artifacts/mpu";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root + "/create/{**path}", CreateAsync).RequirePermission("artifacts.write");
        routes.MapMethods("/api/" + Root + "/parts/{id}/{number}", ["PUT"], ArtifactCalls.Handle(PutPartAsync)).Public();
        routes.MapMlflow("POST", Root + "/complete/{**path}", CompleteAsync).RequirePermission("artifacts.write");
        routes.MapMlflow("POST", Root + "/abort/{**path}", AbortAsync).RequirePermission("artifacts.write");
    }

    private static async Task<Result<MlflowReply>> CreateAsync(MlflowCall call)
    {
        var (place, parts) = (Destination(call, "create"), call.Fields.Int64("num_parts") ?? 1);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!place.TryGet(out var file, out var problem)
            || !(await call.Service<PartUploads>().CreateAsync(file.Namespace, file.Path, parts, call.Cancellation)).TryGet(out var upload, out problem))
        {
            return problem;
        }

        return MlflowReply.Object(writer =>
        {
            writer.WriteString("upload_id", upload.Id);
            writer.WriteStartArray("credentials");
            for (var number = 1L; number <= upload.Parts; number++)
            {
                writer.WriteStartObject();
                writer.WriteString("url", ProxyAddress.Of(call.Http, string.Create(CultureInfo.InvariantCulture, $"mpu/parts/{upload.Id}/{number}")));
                writer.WriteNumber("part_number", number);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private static async Task<Problem?> PutPartAsync(HttpContext http)
    {
        var (id, text) = ((string)http.Request.RouteValues["id"]!, (string)http.Request.RouteValues["number"]!);
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || id.Length != 64 || !id.All(char.IsAsciiHexDigitLower))
        {
            return Problem.Invalid("this is no address of a part: use those that mpu/create answered");
        }

        var uploads = http.RequestServices.GetRequiredService<PartUploads>();
        if (!(await uploads.PutPartAsync(id, number, ArtifactCalls.Body(http), http.RequestAborted)).TryGet(out var digest, out var problem))
        {
            return problem;
        }

        return await ArtifactCalls.DoneAsync(http, digest);
    }

    private static async Task<Result<MlflowReply>> CompleteAsync(MlflowCall call)
    {
        var (place, id) = (Destination(call, "complete"), call.Fields.Required("upload_id"));
        SentPart[] parts = [.. call.Fields.Objects("parts").Select(p => new SentPart(p.Int64("part_number") ?? 0, p.Text("etag") ?? ""))];
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return place.TryGet(out var file, out var problem)
            && (await call.Service<PartUploads>().CompleteAsync(file.Namespace, file.Path, id, parts, call.Cancellation)).TryGet(out _, out problem)
            ? MlflowReply.Empty
            : problem;
    }

    private static async Task<Result<MlflowReply>> AbortAsync(MlflowCall call)
    {
        var (place, id) = (Destination(call, "abort"), call.Fields.Required("upload_id"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return place.TryGet(out var file, out var problem)
            && (await call.Service<PartUploads>().AbortAsync(file.Namespace, file.Path, id, call.Cancellation)).TryGet(out _, out problem)
            ? MlflowReply.Empty
            : problem;
    }

    // The address names the folder; the body has the file's path on the client's machine, of which the name counts.
    private static Result<ArtifactPlace> Destination(MlflowCall call, string verb)
    {
        var local = call.Fields.Required("path");
        return ProxyAddress.Read(call.Http, $"/mlflow-artifacts/mpu/{verb}/").Then(
            folder => ArtifactPath.Parse(local[(local.LastIndexOfAny(['/', '\\']) + 1)..]).Then<ArtifactPath>(
                name => name.IsRoot ? Problem.Invalid("Invalid path: 'path' names no file") : folder.Join(name))).Then(file => ProxyAddress.InWorkspace(call.Http, file));
    }
}
