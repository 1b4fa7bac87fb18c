using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Selection;
using Slipway.Platform.Database;
using Slipway.Platform.Resources.Rules;
using Slipway.Platform.Resources.Selection;

namespace Slipway.Platform.Resources.Storage;

/// <summary>A page of stored rows: what a list answers before anything is parsed.</summary>
internal sealed record RowPage(IReadOnlyList<ResourceRow> Rows, long At, string? Continue, long? Remaining);

internal sealed partial class ResourceStore
{
    /// <summary>Rows read at a time while a selector picks out few of them.</summary>
    private const int ChunkRows = 1000;

    public async Task<Result<ResourceList>> ListAsync(ResourceKind kind, ListQuery query, CancellationToken cancellation) =>
        (await PageAsync(kind, query, null, cancellation)).Select(page => new ResourceList(
            [.. page.Rows.Select(r => r.ToResource())], page.At.ToString(CultureInfo.InvariantCulture), page.Continue, page.Remaining));

    /// <summary>One page as rows, at the newest moment, at <paramref name="exactly"/>, or at the moment of the continue token.</summary>
    internal async Task<Result<RowPage>> PageAsync(ResourceKind kind, ListQuery query, long? exactly, CancellationToken cancellation)
    {
        var fields = FieldSelector.Parse(query.FieldSelector);
        if (!fields.TryGet(out var selector, out var problem))
        {
            return problem;
        }

        var labels = query.Labels ?? LabelSelector.Everything;
        var (at, afterNs, afterName) = (exactly ?? -1, "", "");
        if (query.Continue is { Length: > 0 } token)
        {
            if (!ContinueToken.TryRead(token, out at, out afterNs, out afterName))
            {
                return Problem.Invalid("continue key is not valid: send the token exactly as the previous page gave it, or start again without it");
            }
        }

        // The head is read before the snapshot: everything up to it is then surely visible in the snapshot.
        var head = await log.HeadAsync(cancellation);
        if (at > head)
        {
            return new Problem(ProblemCode.DeadlineExceeded, $"Timeout: Too large resource version: {at}, current: {head}") { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        at = at < 0 ? head : at;
        if (kind.Namespaced && query.Namespace is not null && !Names.IsDnsLabel(query.Namespace))
        {
            return new RowPage([], at, null, null);
        }

        var ns = kind.Namespaced ? query.Namespace : "";
        bool Selects(ResourceRow row) => (labels.Requirements.Count == 0 && selector.IsEverything) || Matches(row, labels, selector);
        return await database.ReadAsync<Result<RowPage>>(
            async (session, _) =>
            {
                if (at < await ResourceRowStore.HorizonAsync(session))
                {
                    return Expired(query.Continue is { Length: > 0 });
                }

                if (selector.ExactName is { } only && ns is not null && at == head)
                {
                    var row = Names.IsSubdomain(only) ? await ResourceRowStore.FindAsync(session, kind.SubjectPrefix, ns, only) : null;
                    if (row is null || row.Version <= at)
                    {
                        return new RowPage(row is not null && Selects(row) ? [row] : [], at, null, null);
                    }
                }

                return await CollectAsync(session, kind, ns, query.Limit, at, afterNs, afterName, Selects);
            },
            cancellation);
    }

    private static async Task<RowPage> CollectAsync(
        IReadSession session, ResourceKind kind, string? ns, int limit, long at, string afterNs, string afterName, Func<ResourceRow, bool> selects)
    {
        var found = new List<ResourceRow>();
        var wanted = limit > 0 ? limit : int.MaxValue;
        while (true)
        {
            var chunk = limit > 0 ? Math.Max(limit + 1, Math.Min(ChunkRows, limit * 4)) : int.MaxValue;
            var rows = await ResourceRowStore.PageAsync(session, kind.SubjectPrefix, ns, afterNs, afterName, at, chunk);
            foreach (var row in rows)
            {
                if (!selects(row))
                {
                    continue;
                }

                if (found.Count == wanted)
                {
                    var last = found[^1];
                    var remaining = await ResourceRowStore.CountAfterAsync(session, kind.SubjectPrefix, ns, last.Namespace, last.Name);
                    return new RowPage(found, at, ContinueToken.Write(at, last.Namespace, last.Name), remaining);
                }

                found.Add(row);
            }

            if (rows.Count < chunk)
            {
                return new RowPage(found, at, null, null);
            }

            (afterNs, afterName) = (rows[^1].Namespace, rows[^1].Name);
        }
    }

    private static bool Matches(ResourceRow row, LabelSelector labels, FieldSelector fields)
    {
        var resource = row.ToResource();
        return labels.Matches(resource.Labels) && fields.Matches(resource.Json);
    }

    private static Problem Expired(bool paging) => new(
        ProblemCode.Expired,
        paging
            ? "The provided continue parameter is too old to display a consistent list result: start a new list without the continue parameter"
            : "The resourceVersion is too old: start again from a fresh list");
}

/// <summary>Where a list goes on: the moment it is of, and the last key given out.</summary>
internal static class ContinueToken
{
    public static string Write(long at, string ns, string name) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(new JsonArray(at, ns, name).ToJsonString())).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    public static bool TryRead(string token, out long at, out string ns, out string name)
    {
        (at, ns, name) = (0, "", "");
        var padded = token.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (token.Length % 4)) % 4);
        var bytes = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, bytes, out var length))
        {
            return false;
        }

        try
        {
            if (JsonNode.Parse(bytes.AsSpan(0, length)) is not JsonArray { Count: 3 } parts
                || parts[0] is not JsonValue first || !first.TryGetValue(out at) || at < 0
                || parts[1] is not JsonValue second || !second.TryGetValue<string>(out var givenNs)
                || parts[2] is not JsonValue third || !third.TryGetValue<string>(out var givenName))
            {
                return false;
            }

            (ns, name) = (givenNs, givenName);
            return (ns.Length == 0 || Names.IsDnsLabel(ns)) && Names.IsSubdomain(name);
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
