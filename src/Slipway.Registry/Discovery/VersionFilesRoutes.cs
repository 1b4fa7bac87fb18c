using System.Security.Cryptography;
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
using Slipway.Registry.Files;
using Slipway.Registry.Http;
using Slipway.Registry.Signing;

namespace Slipway.Registry.Discovery;

/// <summary>
/// <c>GET /models/{model}/versions/{version}/files</c> lists the files with their digests; <c>GET ../verify</c> checks the signature and reads the artifact's
/// bytes against their digest; <c>GET /api/slipway/v1/model-signing-key</c> is the public key for checks elsewhere.
/// </summary>
internal static class VersionFilesRoutes
{
    public static void Map(IEndpointRouteBuilder models, IEndpointRouteBuilder routes)
    {
        models.MapGet("/{model}/versions/{version}/files", ListAsync).RequirePermission("models.read");
        models.MapGet("/{model}/versions/{version}/verify", VerifyAsync).RequirePermission("models.read");
        routes.MapGet("/api/slipway/v1/model-signing-key", KeyAsync).RequirePermission("models.read");
    }

    private static async Task<IResult> ListAsync(string ns, string model, string version, IDatabase database, VersionFiles files, CancellationToken cancellation)
    {
        if (!(await FindAsync(ns, model, version, database, cancellation)).TryGet(out var row, out var problem) || !(await files.ListAsync(row, cancellation)).TryGet(out var all, out problem))
        {
            return problem.ToAnswer();
        }

        var items = all.Select(f => new JsonObject { ["path"] = f.Path, ["bytes"] = f.Bytes, ["sha256"] = f.Sha256 });
        return OwnApi.Json(new JsonObject { ["model"] = model, ["version"] = row.Version, ["files"] = new JsonArray([.. items]) });
    }

    private static async Task<IResult> VerifyAsync(
        string ns, string model, string version, IDatabase database, IModelRegistry registry, IObjectStore objects, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem)
            || !(await registry.GetLoadableAsync(ns, model, number, cancellation)).TryGet(out var found, out problem)
            || !(await objects.OpenAsync(found.ArtifactDigest, 0, null, cancellation)).TryGet(out var content, out problem))
        {
            return problem.ToAnswer();
        }

        try
        {
            await using (content)
            {
                var read = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
                if (read != found.ArtifactDigest)
                {
                    return Problem.Conflict($"the artifact of version {number} of model {model} has the digest {read} instead of {found.ArtifactDigest}").ToAnswer();
                }
            }
        }
        catch (ProblemException damaged)
        {
            return damaged.Problem.ToAnswer();
        }

        return OwnApi.Json(new JsonObject { ["model"] = model, ["version"] = number, ["sha256"] = found.ArtifactDigest, ["signature"] = found.Signature, ["verified"] = true });
    }

    private static async Task<IResult> KeyAsync(VersionSigner signer, CancellationToken cancellation)
    {
        var key = await signer.KeyAsync(cancellation);
        return OwnApi.Json(new JsonObject { ["algorithm"] = "ECDSA P-256 SHA-256", ["publicKey"] = key.Public, ["created"] = key.Created });
    }

    private static async Task<Result<VersionRow>> FindAsync(string ns, string model, string version, IDatabase database, CancellationToken cancellation)
    {
        if (!OwnApi.Check(ns, model, version).TryGet(out var number, out var problem))
        {
            return problem;
        }

        return await database.ReadAsync((session, _) => RegistryStore.FindVersionRowAsync(session, ns, model, number), cancellation) is { } row
            ? row
            : Problem.NotFound($"version {number} of model {model} in namespace {ns}");
    }
}
