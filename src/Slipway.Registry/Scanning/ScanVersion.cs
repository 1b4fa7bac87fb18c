using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Objects;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain.Pickles;
using Slipway.Registry.Files;
using Slipway.Registry.Gates;
using Slipway.Registry.Http;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Scanning;

/// <summary>
/// <c>POST /models/{model}/versions/{version}/scan</c> reads the pickles among a version's files without loading them and remembers what they would do;
/// <c>GET</c> tells the last result.
/// </summary>
internal static class ScanVersion
{
    private const int MostFindings = 1_000;

    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapPost("/{model}/versions/{version}/scan", ScanAsync).RequirePermission("models.write");
        models.MapGet("/{model}/versions/{version}/scan", GetAsync).RequirePermission("models.read");
    }

    private static async Task<IResult> ScanAsync(
        string ns, string model, string version, IDatabase database, VersionFiles files, IObjectStore objects, TimeProvider time, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem))
        {
            return problem.ToAnswer();
        }

        if (await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, number), cancellation) is not { } row)
        {
            return Problem.NotFound($"version {number} of model {model} in namespace {ns}").ToAnswer();
        }

        if (!(await files.ListAsync(row, cancellation)).TryGet(out var all, out problem) || !(await ReadAsync(all, objects, cancellation)).TryGet(out var findings, out problem))
        {
            return problem.ToAnswer();
        }

        var change = Change.By(ns, time);
        var (verdict, json) = (Verdict(findings), Shown(findings).ToJsonString());
        var written = await database.WriteAsync<JsonObject>(
            async (session, _) =>
            {
                await RegistryStore.LockModelAsync(session, ns, model);
                if (await RegistryStore.FindVersionRowAsync(session, ns, model, number) is null)
                {
                    return Problem.NotFound($"version {number} of model {model} in namespace {ns}");
                }

                await GateStore.PutScanAsync(session, ns, model, number, verdict, json, change.Actor, change.Now);
                await change.TellAsync(session, "model.version.scanned", model, new JsonObject { ["model"] = model, ["version"] = number, ["verdict"] = verdict });
                return Shown(model, (await GateStore.FindScanAsync(session, ns, model, number))!);
            },
            cancellation);
        return written.ToJson();
    }

    private static async Task<IResult> GetAsync(string ns, string model, string version, IDatabase database, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem))
        {
            return problem.ToAnswer();
        }

        var row = await database.ReadAsync((session, _) => GateStore.FindScanAsync(session, ns, model, number), cancellation);
        return row is null ? Problem.NotFound($"a scan of version {number} of model {model} in namespace {ns}").ToAnswer() : OwnApi.Json(Shown(model, row));
    }

    private static async Task<Result<IReadOnlyList<FileFinding>>> ReadAsync(IReadOnlyList<ModelVersionFile> all, IObjectStore objects, CancellationToken cancellation)
    {
        var findings = new List<FileFinding>();
        foreach (var file in all)
        {
            if (!(await objects.LocalPathAsync(file.Sha256, cancellation)).TryGet(out var path, out var problem))
            {
                return problem;
            }

            // Reading and unpacking keeps a core busy: not on the thread that serves requests.
            findings.AddRange(await Task.Run(
                () =>
                {
                    using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
                    return FileScanner.Scan(file.Path, content);
                },
                cancellation));
        }

        return findings;
    }

    private static string Verdict(IReadOnlyList<FileFinding> findings) =>
        findings.Any(f => f.Finding.Level == PickleLevel.Dangerous) ? "dangerous"
        : findings.Any(f => f.Finding.Level == PickleLevel.Unreadable) ? "unreadable"
        : findings.Count > 0 ? "suspicious" : "clean";

    private static JsonArray Shown(IReadOnlyList<FileFinding> findings) => new([.. findings.OrderByDescending(f => f.Finding.Level).Take(MostFindings).Select(f => new JsonObject
    {
        ["file"] = Domain.Names.Shown(f.File), ["level"] = f.Finding.Level.ToString().ToLowerInvariant(), ["what"] = f.Finding.What, ["why"] = f.Finding.Why, ["offset"] = f.Finding.Offset,
    })]);

    private static JsonObject Shown(string model, ScanRow row) => new()
    {
        ["model"] = model, ["version"] = row.Version, ["verdict"] = row.Verdict, ["findings"] = JsonNode.Parse(row.Findings), ["actor"] = row.Actor, ["time"] = row.Time,
    };
}
