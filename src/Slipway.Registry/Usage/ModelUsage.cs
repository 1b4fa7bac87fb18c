using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Platform.Database;

namespace Slipway.Registry.Usage;

/// <param name="Uri">As it stands in the service: <c>models:/housing@champion</c>.</param>
/// <param name="Version">What that means now; null when it means nothing.</param>
internal sealed record ModelUse(string Namespace, string Model, string Service, string Uri, int? Version);

/// <summary>Which inference services serve a model. Read from what is wanted, so a service that does not run yet counts as well.</summary>
internal sealed class ModelUsage(IServiceProvider services, IDatabase database)
{
    private const string Prefix = "models:/";

    /// <param name="model">Null: of all models of the namespace.</param>
    public async Task<IReadOnlyList<ModelUse>> FindAsync(string ns, string? model, CancellationToken cancellation)
    {
        // Where nothing is served there are no resources of that kind, or none at all.
        if (services.GetService<IResourceStore>() is not { } resources
            || services.GetService<KindCatalog>()?.FindByKind("serving.kserve.io", "InferenceService") is not { } kind
            || !(await resources.ListAsync(kind, new ListQuery(ns), cancellation)).TryGet(out var list, out _))
        {
            return [];
        }

        var named = list.Items.Where(r => !r.IsDeleting)
            .SelectMany(r => Uris(r.Spec).Distinct(StringComparer.Ordinal).Select(uri => (r.Name, Uri: uri)))
            .Select(x => (x.Name, x.Uri, Parsed: ModelUri.Parse(x.Uri).TryGet(out var parsed, out _) ? parsed : null))
            .Where(x => x.Parsed is not null && (model is null || x.Parsed.Model == model)).ToArray();
        return named.Length == 0 ? [] : await database.ReadAsync((session, _) => ResolvedAsync(session, ns, named), cancellation);
    }

    /// <summary>Null when nobody serves the model (or only other versions of it), otherwise why it must stay.</summary>
    public async Task<Problem?> HoldsAsync(string ns, string model, int? version, string wanted, CancellationToken cancellation)
    {
        var uses = (await FindAsync(ns, model, cancellation)).Where(u => version is null || u.Version == version).ToArray();
        return uses.Length == 0
            ? null
            : Problem.Conflict(
                $"{(version is null ? $"model {model}" : $"version {version} of model {model}")} cannot be {wanted}: it is served by {string.Join(", ", uses.Select(u => $"{u.Service} ({u.Uri})"))}; delete or repoint the service first");
    }

    private static async Task<IReadOnlyList<ModelUse>> ResolvedAsync(IReadSession session, string ns, (string Name, string Uri, ModelUri? Parsed)[] named)
    {
        var models = new Dictionary<string, Contracts.Registry.Wire.ModelSummary?>(StringComparer.Ordinal);
        foreach (var name in named.Select(x => x.Parsed!.Model).Distinct(StringComparer.Ordinal))
        {
            models[name] = await RegistryStore.FindModelAsync(session, ns, name);
        }

        return [.. named.Select(x => new ModelUse(ns, x.Parsed!.Model, x.Name, x.Uri, Version(x.Parsed!, models[x.Parsed!.Model])))];
    }

    private static int? Version(ModelUri uri, Contracts.Registry.Wire.ModelSummary? model) =>
        uri.Version ?? (uri.Alias is null ? model?.LatestVersion : model is not null && model.Aliases.TryGetValue(uri.Alias, out var version) ? version : null);

    private static IEnumerable<string> Uris(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Uris(m.Value)),
        JsonArray items => items.SelectMany(Uris),
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var text && text.StartsWith(Prefix, StringComparison.Ordinal) => [text],
        _ => [],
    };
}
