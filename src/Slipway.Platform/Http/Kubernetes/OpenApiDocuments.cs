using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>
/// OpenAPI v3, one document per group and version, made at first use: <c>kubectl explain</c> reads the schemas, and kubectl looks in the PATCH
/// operations for whether the server validates fields (fieldValidation) and does dry runs itself.
/// </summary>
internal sealed class OpenApiDocuments
{
    private const string MetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    private readonly KindCatalog _kinds;
    private readonly Lazy<Dictionary<string, string>> _documents;

    public OpenApiDocuments(KindCatalog kinds)
    {
        _kinds = kinds;
        _documents = new Lazy<Dictionary<string, string>>(() => kinds.All.GroupBy(k => k.ApiVersion).ToDictionary(
            g => $"{(g.First().Group.Length == 0 ? "api" : "apis")}/{g.Key}", g => Build([.. g]).ToJsonString(ObjectAnswer.Plain), StringComparer.Ordinal));
    }

    public JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var (path, text) in _documents.Value.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            // Clients keep a document for as long as its address stays the same.
            var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    public string? Find(string path) => _documents.Value.GetValueOrDefault(path.Trim('/'));

    /// <summary>Swagger 2.0 with the definitions alone, for clients that still start there.</summary>
    public JsonObject Version2()
    {
        var definitions = new JsonObject { [MetaName] = ObjectMetaSchema.ToJson() };
        foreach (var kind in _kinds.All)
        {
            definitions[NameOf(kind)] = Definition(kind, "#/definitions/");
        }

        return new JsonObject
        {
            ["swagger"] = "2.0", ["info"] = new JsonObject { ["title"] = "Slipway", ["version"] = "v1" }, ["paths"] = new JsonObject(), ["definitions"] = definitions,
        };
    }

    private static JsonObject Build(IReadOnlyList<ResourceKind> kinds)
    {
        var (paths, schemas) = (new JsonObject(), new JsonObject { [MetaName] = ObjectMetaSchema.ToJson() });
        foreach (var kind in kinds)
        {
            schemas[NameOf(kind)] = Definition(kind, "#/components/schemas/");
            var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
            var collection = kind.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Plural}" : $"{root}/{kind.Plural}";
            paths[collection] = Operations(kind, named: false, ("get", "list"), ("post", "post"), ("delete", "deletecollection"));
            paths[$"{collection}/{{name}}"] = Operations(kind, named: true, ("get", "get"), ("put", "put"), ("patch", "patch"), ("delete", "delete"));
            if (kind.HasStatus)
            {
                paths[$"{collection}/{{name}}/status"] = Operations(kind, named: true, ("get", "get"), ("put", "put"), ("patch", "patch"));
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0", ["info"] = new JsonObject { ["title"] = "Slipway", ["version"] = "v1" },
            ["paths"] = paths, ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    /// <summary>The group turned round, as Kubernetes names its definitions: <c>dev.slipway.v1.Monitor</c>.</summary>
    private static string NameOf(ResourceKind kind) =>
        kind.Group.Length == 0 ? $"io.k8s.api.core.{kind.Version}.{kind.Kind}" : $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Kind}";

    private static JsonObject Gvk(ResourceKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject Definition(ResourceKind kind, string references)
    {
        var schema = ObjectSchemas.WholeOf(kind);
        schema["properties"]!["metadata"] = new JsonObject
        {
            ["description"] = "Name, labels and bookkeeping of the object", ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = references + MetaName }),
        };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(Gvk(kind));
        return schema;
    }

    private static JsonObject Operations(ResourceKind kind, bool named, params ReadOnlySpan<(string Method, string Action)> operations)
    {
        var parameters = new JsonArray();
        if (kind.Namespaced)
        {
            parameters.Add(Parameter("namespace", "path", "Name of the namespace"));
        }

        if (named)
        {
            parameters.Add(Parameter("name", "path", "Name of the object"));
        }

        var item = new JsonObject { ["parameters"] = parameters };
        foreach (var (method, action) in operations)
        {
            item[method] = Operation(kind, method, action);
        }

        return item;
    }

    private static JsonObject Operation(ResourceKind kind, string method, string action)
    {
        JsonObject Body() => new() { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{NameOf(kind)}" } };
        var operation = new JsonObject
        {
            ["operationId"] = $"{action}{kind.Group.Replace(".", "", StringComparison.Ordinal)}{kind.Version}{kind.Kind}",
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["application/json"] = Body() } } },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Gvk(kind),
        };
        if (method is "post" or "put" or "patch" or "delete")
        {
            operation["parameters"] = new JsonArray(
                Parameter("dryRun", "query", "All: everything is checked, nothing is kept"),
                Parameter("fieldManager", "query", "Who writes"),
                Parameter("fieldValidation", "query", "What unknown and duplicate fields are: Strict (errors), Warn or Ignore"));
        }

        if (method is "post" or "put")
        {
            operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["application/json"] = Body() }, ["required"] = true };
        }

        if (method == "patch")
        {
            // Strategic merge patches are taken as well, but not named here: kubectl would then look for x-kubernetes-patch-merge-key, which structural
            // schemas do not have. Unnamed, it sends merge patches for our kinds, and strategic ones for the core kinds, which it knows by heart.
            JsonObject Free() => new() { ["schema"] = new JsonObject { ["type"] = "object" } };
            operation["requestBody"] = new JsonObject
            {
                ["content"] = new JsonObject { [PatchResource.Apply] = Free(), [PatchResource.Json] = Free(), [PatchResource.Merge] = Free() }, ["required"] = true,
            };
        }

        return operation;
    }

    private static JsonObject Parameter(string name, string place, string description)
    {
        var parameter = new JsonObject
        {
            ["name"] = name, ["in"] = place, ["description"] = description, ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
        };
        if (place == "path")
        {
            parameter["required"] = true;
        }

        return parameter;
    }
}
