using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Inference;

namespace Slipway.Serving.Repository;

/// <summary><c>POST /v2/repository/index</c>, <c>/v2/repository/models/{model}/load</c> and <c>/unload</c>.</summary>
internal sealed class RepositoryRoutes(ModelRepository repository, ServingOptions options)
{
    public async Task IndexAsync(HttpContext http)
    {
        if (!(await BodyAsync(http)).TryGet(out var body, out var problem)
            || !ReadyOnly(body).TryGet(out var readyOnly, out problem)
            || !(await repository.IndexAsync(ModelPath.NamespaceOf(http), readyOnly, http.RequestAborted)).TryGet(out var entries, out problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        await OipAnswer.WriteListAsync(http, writer =>
        {
            foreach (var entry in entries)
            {
                writer.WriteStartObject();
                writer.WriteString("name", entry.Name);
                if (entry.Version.Length > 0)
                {
                    writer.WriteString("version", entry.Version);
                }

                writer.WriteString("state", entry.State);
                if (entry.Reason.Length > 0)
                {
                    writer.WriteString("reason", entry.Reason);
                }

                writer.WriteEndObject();
            }
        });
    }

    public async Task LoadAsync(HttpContext http)
    {
        // Base64 takes four bytes for three; the rest of the body is small.
        var most = (int)Math.Min((options.MaxUploadBytes * 4L / 3) + (1 << 20), int.MaxValue);
        if (!(await RequestBody.ReadAsync(http.Request, most, 0, static (body, _) => LoadBody.Parse(body), http.RequestAborted)).TryGet(out var parameters, out var problem))
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        await AnswerAsync(http, await repository.LoadAsync(ModelPath.NamespaceOf(http), ModelPath.ModelOf(http), parameters, http.RequestAborted), "load");
    }

    /// <summary>The parameter unload_dependents is taken and has no effect: no model here is made of others.</summary>
    public async Task UnloadAsync(HttpContext http)
    {
        if (!(await BodyAsync(http)).TryGet(out var body, out var problem) || (problem = Refuse(body["parameters"])) is not null)
        {
            await OipAnswer.WriteAsync(http, problem);
            return;
        }

        await AnswerAsync(http, await repository.UnloadAsync(ModelPath.NamespaceOf(http), ModelPath.ModelOf(http), http.RequestAborted), "unload");
    }

    private static Task AnswerAsync(HttpContext http, Result<Unit> outcome, string done) => outcome.Succeeded
        ? OipAnswer.WriteAsync(http, StatusCodes.Status200OK, writer =>
        {
            writer.WriteString("name", ModelPath.ModelOf(http));
            writer.WriteBoolean(done, true);
        })
        : OipAnswer.WriteAsync(http, outcome.Problem);

    private static Problem? Refuse(JsonNode? parameters) => parameters switch
    {
        null => null,
        JsonObject all => all.Select(p => ModelRepository.RefuseUnload(p.Key, p.Value is JsonValue value && value.TryGetValue<bool>(out _))).FirstOrDefault(p => p is not null),
        _ => Problem.Invalid("parameters: must be an object"),
    };

    private static Result<bool> ReadyOnly(JsonObject body) => body["ready"] switch
    {
        null => false,
        JsonValue value when value.TryGetValue<bool>(out var ready) => ready,
        _ => Problem.Invalid("ready: must be true or false"),
    };

    /// <summary>An empty body is an empty object.</summary>
    private static async Task<Result<JsonObject>> BodyAsync(HttpContext http) =>
        http.Request.ContentLength is 0 || (http.Request.ContentLength is null && !http.Request.Headers.ContainsKey("Transfer-Encoding"))
            ? new JsonObject()
            : await JsonBody.ReadObjectAsync(http.Request, http.RequestAborted);
}
