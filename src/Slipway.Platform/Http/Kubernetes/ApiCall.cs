using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Selection;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>One request to a kind's routes, with the query parameters that several verbs share.</summary>
internal sealed record ApiCall(HttpContext Http, ApiTarget Target, ResourceKind Kind, ResourceApiServices Services)
{
    public CancellationToken Cancellation => Http.RequestAborted;

    public string Namespace => Target.Namespace ?? "";

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? (string?)values : null;

    public bool Flag(string name) => Query(name) is "true" or "1" or "True";

    /// <summary>dryRun, fieldManager, fieldValidation and force.</summary>
    public Result<WriteOptions> ReadWriteOptions()
    {
        if (ReadDryRun() is { } refused)
        {
            return refused;
        }

        var validation = Query("fieldValidation") is { Length: > 0 } given ? given : "Strict";
        if (validation is not ("Strict" or "Warn" or "Ignore"))
        {
            return Problem.Invalid([new Fault("fieldValidation", $"Unsupported value: \"{validation}\": supported values: \"Ignore\", \"Strict\", \"Warn\"")]);
        }

        var manager = FieldManager();
        return manager.Length > 128
            ? Problem.Invalid([new Fault("fieldManager", "Too long: may not be more than 128 characters")])
            : new WriteOptions(manager, Query("dryRun") == "All", validation == "Strict")
            {
                Force = Flag("force"),
                Warn = validation == "Warn" ? Warn : null,
            };
    }

    public Problem? ReadDryRun() => Query("dryRun") is null or "" or "All"
        ? null
        : Problem.Invalid([new Fault("dryRun", $"Unsupported value: \"{Query("dryRun")}\": supported values: \"All\"")]);

    /// <summary>As in Kubernetes, a client that does not name itself goes by the first word of its User-Agent.</summary>
    public string FieldManager()
    {
        if (Query("fieldManager") is { Length: > 0 } given)
        {
            return given;
        }

        var agent = Http.Request.Headers.UserAgent.ToString().Split('/')[0];
        return agent.Length > 128 ? agent[..128] : agent;
    }

    public void Warn(string text) => Http.Response.Headers.Append("Warning", $"299 - \"{string.Concat(text.Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?')).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");

    public Result<ListQuery> ReadListQuery()
    {
        var labels = LabelSelector.Parse(Query("labelSelector"));
        if (!labels.TryGet(out var selector, out var problem))
        {
            return problem;
        }

        var limit = 0;
        if (Query("limit") is { Length: > 0 } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit < 0))
        {
            return Problem.Invalid($"limit must be a number, not '{text}'");
        }

        return new ListQuery(Target.Namespace, selector, Query("fieldSelector"), limit, Query("continue"));
    }

    /// <summary>A resourceVersion parameter: null when absent or empty.</summary>
    public Result<long?> ReadVersion()
    {
        var text = Query("resourceVersion");
        return string.IsNullOrEmpty(text)
            ? Result.From<long?>(null)
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? Result.From<long?>(version)
                : Problem.Invalid($"resourceVersion: Invalid value: \"{text}\": it is given out by the server and sent back as it is");
    }

    /// <summary>Reads the body's object and brings name and namespace in line with the URL.</summary>
    public async Task<Result<JsonObject>> ReadObjectAsync(WriteOptions options)
    {
        var read = await RequestBody.ReadObjectAsync(Http.Request, Cancellation);
        if (!read.TryGet(out var body, out var problem))
        {
            return problem;
        }

        if (body.Json is not JsonObject obj)
        {
            return Problem.Invalid($"the body must be one {Kind.Kind} object");
        }

        return Duplicates(body, options) ?? Align(obj) ?? Result.From(obj);
    }

    public Result<JsonObject>? Duplicates(ParsedBody body, WriteOptions options)
    {
        if (body.Duplicates.Count > 0 && options.Strict)
        {
            return Problem.Invalid($"strict decoding error: {string.Join(", ", body.Duplicates.Select(d => $"duplicate field \"{d}\""))}");
        }

        foreach (var path in body.Duplicates)
        {
            options.Warn?.Invoke($"duplicate field \"{path}\"");
        }

        return null;
    }

    private Result<JsonObject>? Align(JsonObject obj)
    {
        if (obj["metadata"] is null)
        {
            obj["metadata"] = new JsonObject();
        }

        // Typed clients leave them out, since the URL says it; the real server fills them in as well.
        obj["apiVersion"] ??= Kind.ApiVersion;
        obj["kind"] ??= Kind.Kind;
        if (Resources.Storage.Admission.Outline(Kind, obj) is { } malformed)
        {
            return malformed;
        }

        var metadata = (JsonObject)obj["metadata"]!;
        if (Kind.Namespaced && (string?)metadata["namespace"] is { Length: > 0 } ns && ns != Namespace)
        {
            return Problem.Invalid($"the namespace of the provided object ({ns}) does not match the namespace sent on the request ({Namespace})");
        }

        if (Kind.Namespaced)
        {
            metadata["namespace"] = Namespace;
        }

        if (Target.Name.Length > 0)
        {
            if ((string?)metadata["name"] is { Length: > 0 } name && name != Target.Name)
            {
                return Problem.Invalid($"the name of the object ({name}) does not match the name on the URL ({Target.Name})");
            }

            metadata["name"] = Target.Name;
        }

        return null;
    }
}
