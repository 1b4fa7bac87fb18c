using System.Security.Cryptography;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Storage;

/// <param name="ETag">As the answer to the part gave it; empty is not checked.</param>
internal sealed record SentPart(long Number, string ETag);

/// <summary>
/// Uploads in parts, several at once, for large files: each part is an object of its own until the upload is complete and they are put together.
/// An upload that nobody completes is forgotten after a day.
/// </summary>
internal sealed class PartUploads(IDatabase database, IObjectStore objects, ArtifactTree tree, TimeProvider time)
{
    public const int MostParts = 10_000;

    public async Task<Result<UploadRow>> CreateAsync(string ns, ArtifactPath path, long parts, CancellationToken cancellation)
    {
        if (parts is < 1 or > MostParts)
        {
            return Problem.Invalid($"Invalid value {parts} for parameter 'num_parts' supplied: an upload has 1 to {MostParts} parts");
        }

        if (await tree.RefusesAsync(ns, path, cancellation) is { } refused)
        {
            return refused;
        }

        // The id is all that a part needs to be taken, so it must not be guessed.
        var upload = new UploadRow(RandomNumberGenerator.GetHexString(64, lowercase: true), ns, path.Value, parts, "", time.GetUtcNow());
        return await database.WriteAsync<UploadRow>(
            async (session, _) =>
            {
                await UploadStore.AddAsync(session, upload);
                return upload;
            },
            cancellation);
    }

    /// <summary>Takes a part; sent again, it replaces the one before. Answers its ETag.</summary>
    public async Task<Result<string>> PutPartAsync(string id, long number, Stream content, CancellationToken cancellation)
    {
        var upload = await database.ReadAsync((session, _) => UploadStore.FindAsync(session, id), cancellation);
        if (Faults(upload, number) is { } fault)
        {
            return fault;
        }

        if (!(await objects.PutAsync(content, null, cancellation)).TryGet(out var stored, out var problem))
        {
            return problem;
        }

        return await database.WriteAsync<string>(
            async (session, _) =>
            {
                if (Faults(await UploadStore.FindAsync(session, id), number) is { } since)
                {
                    return since;
                }

                if (await tree.HoldAsync(session, stored) is { } gone)
                {
                    return gone;
                }

                if (await UploadStore.PutPartAsync(session, id, new PartRow(number, stored.Sha256, stored.Bytes)) is { } replaced)
                {
                    await ArtifactObjectStore.UnnameAsync(session, replaced, time.GetUtcNow());
                }

                return stored.Sha256;
            },
            CancellationToken.None);
    }

    /// <summary>Puts the parts together and gives the file its name. Done twice, because the first answer was lost, it is still done.</summary>
    public async Task<Result<Unit>> CompleteAsync(string ns, ArtifactPath path, string id, IReadOnlyList<SentPart> parts, CancellationToken cancellation)
    {
        var (upload, stored) = await database.ReadAsync(
            async (session, _) => (await UploadStore.FindAsync(session, id), await UploadStore.PartsAsync(session, id)), cancellation);
        if (upload is null || upload.Namespace != ns || upload.Path != path.Value)
        {
            return NoUpload(id);
        }

        if (upload.Digest.Length > 0)
        {
            return Result.Ok;
        }

        if (!Ordered(parts, stored).TryGet(out var rows, out var problem))
        {
            return problem;
        }

        await using var whole = new PartsStream(objects, rows);
        if (!(await objects.PutAsync(whole, null, cancellation)).TryGet(out var file, out problem))
        {
            return problem;
        }

        return await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await UploadStore.FindAsync(session, id) is null)
                {
                    return NoUpload(id);
                }

                if ((await tree.NameAsync(session, ns, path, file)).Problem is { } refused)
                {
                    return refused;
                }

                await UploadStore.CompleteAsync(session, id, file.Sha256, time.GetUtcNow());
                return Result.Ok;
            },
            CancellationToken.None);
    }

    /// <summary>Gives the upload up. One that is not there, or complete, is left alone.</summary>
    public Task<Result<Unit>> AbortAsync(string ns, ArtifactPath path, string id, CancellationToken cancellation) => database.WriteAsync<Unit>(
        async (session, _) =>
        {
            if (await UploadStore.FindAsync(session, id) is { Digest: "" } upload && upload.Namespace == ns && upload.Path == path.Value)
            {
                await UploadStore.EndAsync(session, id, time.GetUtcNow());
            }

            return Result.Ok;
        },
        cancellation);

    private static Result<IReadOnlyList<PartRow>> Ordered(IReadOnlyList<SentPart> parts, IReadOnlyList<PartRow> stored)
    {
        if (parts.Count == 0)
        {
            return Problem.Invalid("Missing value for required parameter 'parts': name every part with its number and ETag");
        }

        var rows = new List<PartRow>(parts.Count);
        var byNumber = stored.ToDictionary(p => p.Number);
        foreach (var part in parts.OrderBy(p => p.Number))
        {
            if (rows.Count > 0 && rows[^1].Number == part.Number)
            {
                return Problem.Invalid($"part {part.Number} is named twice");
            }

            if (!byNumber.TryGetValue(part.Number, out var row))
            {
                return Problem.Invalid($"part {part.Number} has not arrived; send it and complete the upload again");
            }

            if (part.ETag.Trim('"') is { Length: > 0 } tag && tag != row.Digest)
            {
                return Problem.Invalid($"part {part.Number} is not the one with the ETag {tag}: it was sent again since");
            }

            rows.Add(row);
        }

        return rows;
    }

    private static Problem? Faults(UploadRow? upload, long number) => upload is not { Digest: "" } ? NoUpload("of this address")
        : number < 1 || number > upload.Parts ? Problem.Invalid($"part {number} is none of the {upload.Parts} of this upload") : null;

    private static Problem NoUpload(string id) => new(ProblemCode.NotFound, $"no upload {(id.Length > 80 ? id[..80] : id)} goes on here: it was given up, completed, or is older than a day");
}
