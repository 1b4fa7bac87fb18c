using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Datasets;

/// <summary><c>3.0/mlflow/datasets</c>: evaluation datasets, their tags, experiments and records.</summary>
internal static class DatasetRoutes
{
    private const string Root = "3.0/mlflow/datasets";
    private const string One = Root + "/{dataset_id}";
    private const string UserTag = "mlflow.user";
    private const int MostCount = 50_000;

    private static readonly string[] Keys = ["name", "created_time", "last_update_time", "created_by", "last_updated_by"];
    private static readonly string[] OrderKeys = ["name", "created_time", "last_update_time"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root + "/create", CreateAsync).RequirePermission("traces.write");
        routes.MapMlflow("POST", Root + "/search", SearchAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", Root + "/search", SearchAsync).RequirePermission("traces.read");
        routes.MapMlflow("GET", One, GetAsync).RequirePermission("traces.read");
        routes.MapMlflow("DELETE", One, DeleteAsync).RequirePermission("traces.write");
        routes.MapMlflow("PATCH", One + "/tags", SetTagsAsync).RequirePermission("traces.write");
        routes.MapMlflow("DELETE", One + "/tags/{key}", DeleteTagAsync).RequirePermission("traces.write");
        routes.MapMlflow("GET", One + "/experiment-ids", GetExperimentsAsync).RequirePermission("traces.read");
        routes.MapMlflow("POST", One + "/add-experiments", AddExperimentsAsync).RequirePermission("traces.write");
        routes.MapMlflow("POST", One + "/remove-experiments", RemoveExperimentsAsync).RequirePermission("traces.write");
    }

    private static async Task<Result<MlflowReply>> CreateAsync(MlflowCall call)
    {
        var (name, experiments) = (call.Fields.Required("name"), call.Fields.Texts("experiment_ids"));
        var tags = Tags(call.Fields, required: false);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var now = Now(call);
        var user = tags.GetValueOrDefault(UserTag);
        var dataset = new DatasetRow
        {
            Id = "d-" + NewIds.Hex(), Name = name, Digest = DigestOf(name, now), Created = now, Updated = now, CreatedBy = user, UpdatedBy = user,
            Tags = tags.Where(t => t.Value is not null).ToDictionary(t => t.Key, t => t.Value!, StringComparer.Ordinal),
        };
        return (await call.Service<IDatabase>().WriteAsync<DatasetRow>(
            async (session, _) =>
            {
                await DatasetStore.PutAsync(session, call.Namespace, dataset);
                await DatasetStore.PutTagsAsync(session, call.Namespace, dataset.Id, dataset.Tags);
                await DatasetStore.AddExperimentsAsync(session, call.Namespace, dataset.Id, experiments);
                return dataset;
            },
            call.Cancellation)).Select(made => Reply(made, experiments));
    }

    private static async Task<Result<MlflowReply>> GetAsync(MlflowCall call)
    {
        var id = call.Path("dataset_id");
        var dataset = await call.Service<IDatabase>().ReadAsync((session, _) => DatasetStore.FindAsync(session, call.Namespace, id), call.Cancellation);
        return dataset is null ? NoDataset(id) : Reply(dataset, null);
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call) => (await call.Service<IDatabase>().WriteAsync<Unit>(
        async (session, _) =>
        {
            await DatasetStore.DeleteAsync(session, call.Namespace, call.Path("dataset_id"));
            return Result.Ok;
        },
        call.Cancellation)).Select(_ => MlflowReply.Empty);

    private static async Task<Result<MlflowReply>> SearchAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experiments, text, terms) = (fields.Texts("experiment_ids"), fields.Text("filter_string"), fields.Texts("order_by"));
        var (limit, token) = (fields.Count("max_results", 1000, 1, MostCount), fields.Text("page_token"));
        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if (!SearchFilter.Parse(text).TryGet(out var filter, out var problem) || !SearchOrder.Parse(terms).TryGet(out var order, out problem)
            || !MlflowPages.Read(token).TryGet(out var place, out problem))
        {
            return problem;
        }

        if ((SearchFilter.ClausesOf(filter).Select(Check).FirstOrDefault(f => f is not null) ?? order.Select(o => CheckKey(o.Key, OrderKeys)).FirstOrDefault(f => f is not null)) is { } fault)
        {
            return fault;
        }

        var found = await call.Service<IDatabase>().ReadAsync(
            (session, _) => DatasetStore.SearchAsync(session, call.Namespace, experiments, filter, order, place.Offset, limit + 1), call.Cancellation);
        return MlflowReply.Object(writer =>
        {
            TraceRoutes.WriteList(writer, "datasets", [.. found.Take(limit)], d => Write(writer, d, null));
            writer.WriteSet("next_page_token", found.Count > limit ? MlflowPages.Token(place.Offset + limit) : null);
        });
    }

    private static async Task<Result<MlflowReply>> SetTagsAsync(MlflowCall call)
    {
        var tags = Tags(call.Fields, required: true);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var id = call.Path("dataset_id");
        return (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await DatasetStore.FindAsync(session, call.Namespace, id) is null)
                {
                    return new Problem(ProblemCode.NotFound, $"Could not find evaluation dataset with ID {id}");
                }

                // Tags are no change of the dataset: its time and its last writer stay.
                await DatasetStore.PutTagsAsync(session, call.Namespace, id, tags.Where(t => t.Value is not null).Select(t => new KeyValuePair<string, string>(t.Key, t.Value!)));
                return Result.Ok;
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);
    }

    private static async Task<Result<MlflowReply>> DeleteTagAsync(MlflowCall call)
    {
        var id = call.Path("dataset_id");
        return (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                await DatasetStore.DeleteTagAsync(session, call.Namespace, id, call.Path("key"));
                return Result.Ok;
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);
    }

    private static async Task<Result<MlflowReply>> GetExperimentsAsync(MlflowCall call)
    {
        var ids = await call.Service<IDatabase>().ReadAsync((session, _) => DatasetStore.ExperimentsAsync(session, call.Namespace, call.Path("dataset_id")), call.Cancellation);
        return MlflowReply.Object(writer => WriteTexts(writer, "experiment_ids", ids));
    }

    private static async Task<Result<MlflowReply>> AddExperimentsAsync(MlflowCall call)
    {
        var experiments = call.Fields.Texts("experiment_ids");
        foreach (var id in experiments)
        {
            if (await call.Service<IExperiments>().FindAsync(call.Namespace, id, call.Cancellation) is null)
            {
                return new Problem(ProblemCode.NotFound, $"No Experiment with id={id} exists");
            }
        }

        return await ChangeExperimentsAsync(call, session => DatasetStore.AddExperimentsAsync(session, call.Namespace, call.Path("dataset_id"), experiments));
    }

    private static Task<Result<MlflowReply>> RemoveExperimentsAsync(MlflowCall call)
    {
        var experiments = call.Fields.Texts("experiment_ids");
        return ChangeExperimentsAsync(call, session => DatasetStore.RemoveExperimentsAsync(session, call.Namespace, call.Path("dataset_id"), experiments));
    }

    private static async Task<Result<MlflowReply>> ChangeExperimentsAsync(MlflowCall call, Func<IWriteSession, Task> change)
    {
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var id = call.Path("dataset_id");
        var changed = await call.Service<IDatabase>().WriteAsync<(DatasetRow Row, IReadOnlyList<string> Experiments)>(
            async (session, _) =>
            {
                if (await DatasetStore.FindAsync(session, call.Namespace, id) is not { } dataset)
                {
                    return new Problem(ProblemCode.NotFound, $"Dataset '{id}' not found");
                }

                await change(session);
                var after = dataset with { Updated = Now(call) };
                await DatasetStore.PutAsync(session, call.Namespace, after);
                return (after, await DatasetStore.ExperimentsAsync(session, call.Namespace, id));
            },
            call.Cancellation);
        return changed.Select(c => Reply(c.Row, c.Experiments));
    }

    /// <summary>Changes with every change of the dataset.</summary>
    public static string DigestOf(string name, long updated) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}:{updated}"))))[..8];

    public static long Now(MlflowCall call) => call.Service<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();

    public static Problem NoDataset(string id) => new(ProblemCode.NotFound, $"Evaluation dataset with id '{id}' not found");

    private static Problem? Check(SearchClause clause)
    {
        if (CheckKey(clause.Key, Keys) is { } fault)
        {
            return fault;
        }

        if (clause.Key.Entity is null && clause.Key.Name is "created_time" or "last_update_time")
        {
            return SearchSql.IsOrdering(clause.Comparison) && clause.Value.Kind == SearchValueKind.Number
                ? null
                : Problem.Invalid($"Expected a number and one of =, !=, <, <=, >, >= for the numeric attribute '{clause.Key.Name}', found {clause.Value.Written}");
        }

        return clause.Comparison is Comparison.Equal or Comparison.NotEqual or Comparison.Like or Comparison.ILike && clause.Value.Kind == SearchValueKind.Text
            ? null
            : Problem.Invalid($"Invalid comparator or value for '{clause.Key}': use =, !=, LIKE or ILIKE with a quoted string");
    }

    private static Problem? CheckKey(SearchKey key, string[] valid) => key.Entity switch
    {
        "tags" when valid == Keys => null,
        { } entity => Problem.Invalid($"Invalid identifier token '{entity}' specified"),
        null => valid.Contains(key.Name) ? null : Problem.Invalid($"Invalid attribute key '{key.Name}' specified. Valid keys are: {{{string.Join(", ", valid.Select(v => $"'{v}'"))}}}"),
    };

    // Tags come as JSON in a text; values of other types are kept as their text.
    private static Dictionary<string, string?> Tags(MlflowFields fields, bool required)
    {
        var text = required ? fields.Required("tags") : fields.Text("tags");
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        if (JsonText.Parse(text) is not JsonObject tags)
        {
            fields.RejectValue("tags", "(text)", " It is no JSON object.");
            return [];
        }

        return tags.ToDictionary(t => t.Key, t => t.Value is JsonValue value && value.TryGetValue<string>(out var said) ? said : t.Value is null ? null : JsonText.Of(t.Value), StringComparer.Ordinal);
    }

    private static MlflowReply Reply(DatasetRow dataset, IReadOnlyList<string>? experiments) => MlflowReply.Object(writer =>
    {
        writer.WriteStartObject("dataset");
        Write(writer, dataset, experiments);
        writer.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter writer, DatasetRow d, IReadOnlyList<string>? experiments)
    {
        writer.WriteString("dataset_id", d.Id);
        writer.WriteString("name", d.Name);
        writer.WriteString("tags", JsonText.Of(new JsonObject(d.Tags.Select(t => new KeyValuePair<string, JsonNode?>(t.Key, t.Value)))));
        writer.WriteSet("schema", d.Schema);
        writer.WriteSet("profile", d.Profile);
        writer.WriteString("digest", d.Digest);
        writer.WriteNumber("created_time", d.Created);
        writer.WriteNumber("last_update_time", d.Updated);
        writer.WriteSet("created_by", d.CreatedBy);
        writer.WriteSet("last_updated_by", d.UpdatedBy);
        WriteTexts(writer, "experiment_ids", experiments ?? []);
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
