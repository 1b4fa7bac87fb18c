using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Datasets;

/// <summary><c>3.0/mlflow/datasets/ID/records</c>: put, list, delete.</summary>
internal static class RecordRoutes
{
    private const string Root = "3.0/mlflow/datasets/{dataset_id}/records";
    private const int DefaultCount = 1000;
    private const int MostCount = 50_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("POST", Root, PutAsync, mostBytes: 64 << 20).RequirePermission("traces.write");
        routes.MapMlflow("GET", Root, ListAsync).RequirePermission("traces.read");
        routes.MapMlflow("DELETE", Root, DeleteAsync).RequirePermission("traces.write");
    }

    private static async Task<Result<MlflowReply>> PutAsync(MlflowCall call)
    {
        var (id, text) = (call.Path("dataset_id"), call.Fields.Required("records"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!DatasetRecords.Parse(text).TryGet(out var records, out var problem))
        {
            return problem;
        }

        var put = await call.Service<IDatabase>().WriteAsync<(int Inserted, int Updated)>(
            async (session, _) =>
            {
                if (await DatasetStore.FindAsync(session, call.Namespace, id) is not { } dataset)
                {
                    return DatasetRoutes.NoDataset(id);
                }

                var (now, inserted) = (DatasetRoutes.Now(call), 0);
                foreach (var record in records)
                {
                    var hash = DatasetRecords.HashOf(record);
                    var before = await DatasetStore.FindRecordAsync(session, call.Namespace, id, hash);
                    inserted += before is null ? 1 : 0;
                    await DatasetStore.PutRecordAsync(
                        session, call.Namespace, id,
                        before is null ? DatasetRecords.New(record, hash, "dr-" + NewIds.Hex(), now) : DatasetRecords.Merge(before, record, now));
                }

                await DatasetStore.PutAsync(session, call.Namespace, dataset with
                {
                    Updated = now,
                    Digest = DatasetRoutes.DigestOf(dataset.Name, now),
                    Schema = records.Count == 0 ? dataset.Schema : DatasetRecords.Schema(dataset.Schema, records),
                    Profile = await ProfileAsync(session, call.Namespace, id),
                    UpdatedBy = records.Select(DatasetRecords.UserOf).LastOrDefault(u => u is not null),
                });
                return (inserted, records.Count - inserted);
            },
            call.Cancellation);
        return put.Select(counts => MlflowReply.Object(writer =>
        {
            writer.WriteNumber("inserted_count", counts.Inserted);
            writer.WriteNumber("updated_count", counts.Updated);
        }));
    }

    private static async Task<Result<MlflowReply>> ListAsync(MlflowCall call)
    {
        var (id, limit, token) = (call.Path("dataset_id"), call.Fields.Count("max_results", DefaultCount, 0, MostCount), call.Fields.Text("page_token"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (!ReadToken(token).TryGet(out var place, out var problem))
        {
            return problem;
        }

        limit = limit == 0 ? DefaultCount : limit;
        var (known, rows) = await call.Service<IDatabase>().ReadAsync(
            async (session, _) => (
                await DatasetStore.FindAsync(session, call.Namespace, id) is not null,
                await DatasetStore.RecordsAsync(session, call.Namespace, id, place.Created, place.Id, limit + 1)),
            call.Cancellation);
        if (!known)
        {
            return DatasetRoutes.NoDataset(id);
        }

        var page = rows.Take(limit).ToArray();
        return MlflowReply.Object(writer =>
        {
            writer.WriteString("records", JsonText.Of(new JsonArray([.. page.Select(r => DatasetRecords.ToJson(id, r))])));
            writer.WriteSet("next_page_token", rows.Count > limit ? Token(page[^1]) : null);
        });
    }

    private static async Task<Result<MlflowReply>> DeleteAsync(MlflowCall call)
    {
        var (id, ids) = (call.Path("dataset_id"), call.Fields.Texts("dataset_record_ids"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var deleted = await call.Service<IDatabase>().WriteAsync<int>(
            async (session, _) =>
            {
                if (await DatasetStore.FindAsync(session, call.Namespace, id) is not { } dataset)
                {
                    return DatasetRoutes.NoDataset(id);
                }

                var count = await DatasetStore.DeleteRecordsAsync(session, call.Namespace, id, ids);
                await DatasetStore.PutAsync(session, call.Namespace, dataset with { Profile = await ProfileAsync(session, call.Namespace, id) });
                return count;
            },
            call.Cancellation);
        return deleted.Select(count => MlflowReply.Object(writer => writer.WriteNumber("deleted_count", count)));
    }

    private static async Task<string?> ProfileAsync(IReadSession session, string ns, string id) =>
        await DatasetStore.CountAsync(session, ns, id) is var count and > 0 ? string.Create(CultureInfo.InvariantCulture, $"{{\"num_records\": {count}}}") : null;

    private static string Token(RecordRow last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.Created}:{last.Id}")));

    private static Result<(long Created, string Id)> ReadToken(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return (long.MinValue, "");
        }

        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var created, var id]
            && long.TryParse(created, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && !id.Contains('\0', StringComparison.Ordinal)
            ? (time, id)
            : Problem.Invalid("Invalid page token: it is not one that a page of this list gave out. Leave it away to start from the first page.");
    }
}
