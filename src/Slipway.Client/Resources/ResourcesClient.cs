using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Resources;

/// <param name="Created">False when the resource was there before.</param>
public sealed record Applied(JsonObject Resource, bool Created);

/// <summary>Kubernetes-shaped resources as JSON objects: read, write, watch.</summary>
public sealed class ResourcesClient
{
    private const string TableForm = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    private readonly HttpTransport _transport;

    internal ResourcesClient(HttpTransport transport) => _transport = transport;

    public Task<Result<JsonObject>> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellation) =>
        _transport.GetObjectAsync(type.PathOf(ns, name), cancellation);

    /// <summary>The list object with <c>items</c> and <c>metadata</c>.</summary>
    public Task<Result<JsonObject>> ListAsync(ResourceType type, string? ns, ListQuery query, CancellationToken cancellation) =>
        _transport.GetObjectAsync(type.PathOf(ns) + query.ToQuery(), cancellation);

    /// <summary>The server's own table of the resources: <c>columnDefinitions</c> and <c>rows</c>; of one when <paramref name="name"/> is given.</summary>
    public Task<Result<JsonObject>> GetTableAsync(ResourceType type, string? ns, string? name, ListQuery query, CancellationToken cancellation) =>
        _transport.GetObjectAsync(type.PathOf(ns, name) + query.ToQuery(), cancellation, TableForm);

    public Task<Result<JsonObject>> CreateAsync(ResourceType type, string? ns, JsonObject resource, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => WithBody(HttpMethod.Post, type.PathOf(ns), resource, "application/json"), cancellation);

    /// <summary>Replaces the whole; a conflict when metadata.resourceVersion is not the newest.</summary>
    public Task<Result<JsonObject>> ReplaceAsync(ResourceType type, string? ns, string name, JsonObject resource, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => WithBody(HttpMethod.Put, type.PathOf(ns, name), resource, "application/json"), cancellation);

    /// <summary>Server-side apply: makes the resource or merges the given fields into it.</summary>
    public async Task<Result<Applied>> ApplyAsync(
        ResourceType type, string? ns, string name, JsonObject resource, ApplyOptions options, CancellationToken cancellation)
    {
        var query = new ListQuery().ToQuery(
            ("fieldManager", options.FieldManager), ("fieldValidation", "Strict"), ("force", options.Force ? "true" : null), ("dryRun", options.DryRun ? "All" : null));
        var answer = await _transport.SendForAnswerAsync(
            () => WithBody(HttpMethod.Patch, type.PathOf(ns, name) + query, resource, "application/apply-patch+yaml"), cancellation);
        return answer.Select(a => new Applied(a.Body, a.Status == HttpStatusCode.Created));
    }

    /// <summary>RFC 7386 merge patch.</summary>
    public Task<Result<JsonObject>> MergePatchAsync(ResourceType type, string? ns, string name, JsonObject patch, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => WithBody(HttpMethod.Patch, type.PathOf(ns, name), patch, "application/merge-patch+json"), cancellation);

    /// <param name="propagation">Background, Foreground or Orphan: what becomes of the resources that this one owns.</param>
    public Task<Result<JsonObject>> DeleteAsync(ResourceType type, string? ns, string name, string propagation, CancellationToken cancellation) =>
        _transport.SendForObjectAsync(() => HttpTransport.Request(HttpMethod.Delete, $"{type.PathOf(ns, name)}?propagationPolicy={propagation}"), cancellation);

    /// <summary>
    /// Opens a watch. The stream ends when the server ends it; ask again from the last resourceVersion seen. An expired resourceVersion is a problem
    /// with the code Expired: list anew and watch from there.
    /// </summary>
    public async Task<Result<ResourceWatch>> WatchAsync(ResourceType type, string? ns, ListQuery query, CancellationToken cancellation)
    {
        var path = type.PathOf(ns) + query.ToQuery(("watch", "1"), ("allowWatchBookmarks", "true"));
        var answer = await _transport.SendAsync(() => HttpTransport.Request(HttpMethod.Get, path), bounded: false, cancellation);
        return answer.Select(response => new ResourceWatch(response, _transport));
    }

    private static HttpRequestMessage WithBody(HttpMethod method, string path, JsonObject body, string contentType)
    {
        var request = HttpTransport.Request(method, path);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        return request;
    }
}
