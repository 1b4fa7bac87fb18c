using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Catalog;

internal static partial class RegistryStore
{
    private const string AddFact =
        """
        INSERT INTO registry_version_facts (namespace, model, version, kind, key, text, number) VALUES (@ns, @model, @version, @Kind, @Key, @Text, @Number)
        ON CONFLICT (namespace, model, version, kind, key) DO UPDATE SET text = excluded.text, number = excluded.number
        """;

    private const string DropFact =
        "DELETE FROM registry_version_facts WHERE namespace = @ns AND model = @model AND version = @version AND kind = @kind AND key = @key";

    private const string DropFacts = "DELETE FROM registry_version_facts WHERE namespace = @ns AND model = @model AND version = @version";

    private const string PutVersionTags =
        "UPDATE registry_versions SET tags = @tags, updated = @now WHERE namespace = @ns AND model = @model AND version = @version";

    private const string PutModelTags = "UPDATE registry_models SET tags = @tags, updated = @now WHERE namespace = @ns AND name = @model";

    private const string AddModelTag =
        """
        INSERT INTO registry_model_tags (namespace, model, key, value) VALUES (@ns, @model, @key, @value)
        ON CONFLICT (namespace, key, model) DO UPDATE SET value = excluded.value
        """;

    private const string DropModelTag = "DELETE FROM registry_model_tags WHERE namespace = @ns AND model = @model AND key = @key";

    private const string PutInspection =
        """
        UPDATE registry_versions SET artifact_digest = @ArtifactDigest, format = @Format, inputs = @Inputs, outputs = @Outputs, facts = @Facts, signature = @Signature, inspected = 1
        WHERE namespace = @Namespace AND model = @Model AND version = @Version
        """;

    /// <summary>All that the version is searched by; what is there already is replaced.</summary>
    public static async Task AddFactsAsync(IWriteSession session, ModelVersion version)
    {
        var facts = SearchFacts.Of(version);
        if (facts.Count > 0)
        {
            await session.ExecuteAsync(
                AddFact, facts.Select(f => new { ns = version.Namespace, model = version.Model, version = (long)version.Version, f.Kind, f.Key, f.Text, f.Number }).ToArray());
        }
    }

    public static async Task SetVersionTagsAsync(
        IWriteSession session, VersionRow row, IReadOnlyDictionary<string, string> tags, string key, DateTimeOffset now)
    {
        var (ns, model, version) = (row.Namespace, row.Model, row.Version);
        await session.ExecuteAsync(PutVersionTags, new { ns, model, version, tags = Json.OfTexts(tags), now });
        if (tags.TryGetValue(key, out var value))
        {
            await session.ExecuteAsync(AddFact, new { ns, model, version, Kind = SearchFacts.Tag, Key = key, Text = value, Number = (double?)null });
        }
        else
        {
            await session.ExecuteAsync(DropFact, new { ns, model, version, kind = SearchFacts.Tag, key });
        }
    }

    public static async Task SetModelTagsAsync(
        IWriteSession session, string ns, string model, IReadOnlyDictionary<string, string> tags, IReadOnlyList<string> changed, DateTimeOffset now)
    {
        await session.ExecuteAsync(PutModelTags, new { ns, model, tags = Json.OfTexts(tags), now });
        foreach (var key in changed)
        {
            await session.ExecuteAsync(tags.ContainsKey(key) ? AddModelTag : DropModelTag, new { ns, model, key, value = tags.GetValueOrDefault(key, "") });
        }
    }

    /// <summary>What reading the files of a version told; its facts are searched by from now on.</summary>
    public static async Task SetInspectionAsync(IWriteSession session, ModelVersion version)
    {
        await session.ExecuteAsync(PutInspection, new
        {
            version.ArtifactDigest, version.Format, Inputs = Json.OfTensors(version.Inputs), Outputs = Json.OfTensors(version.Outputs), Facts = Json.OfFacts(version.Facts),
            version.Signature, version.Namespace, version.Model, version.Version,
        });
        await session.ExecuteAsync(DropFacts, new { ns = version.Namespace, model = version.Model, version = (long)version.Version });
        await AddFactsAsync(session, version);
    }
}
