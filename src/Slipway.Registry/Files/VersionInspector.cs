using System.Text;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Signing;

namespace Slipway.Registry.Files;

/// <summary>
/// Reads the files of a version that a client registered, once: which of them is the model, in what form, what goes in and out. From then on the version names
/// bytes that do not change, and is signed.
/// </summary>
internal sealed class VersionInspector(IDatabase database, VersionFiles files, VersionSigner signer)
{
    private const int LongestExample = 100_000;
    private const int MostRequirements = 1_000;

    /// <summary>The version with all that its files tell; as it was when they have been read before. NotFound: nothing is there yet.</summary>
    public async Task<Result<VersionRow>> InspectAsync(VersionRow row, CancellationToken cancellation)
    {
        if (row.Inspected || row.IsOurs)
        {
            return row;
        }

        if (!(await ReadAsync(row, cancellation)).TryGet(out var seen, out var problem))
        {
            return problem;
        }

        var key = await signer.SigningKeyAsync(cancellation);
        seen = seen with { Signature = VersionSigner.Sign(key, seen) };
        return await database.WriteAsync<VersionRow>(
            async (session, _) =>
            {
                await RegistryStore.LockModelAsync(session, row.Namespace, row.Model);
                if (await RegistryStore.FindVersionRowAsync(session, row.Namespace, row.Model, row.Number) is not { } now || now.Id != row.Id)
                {
                    return Problem.NotFound($"version {row.Version} of model {row.Model} in namespace {row.Namespace}");
                }

                if (now.Inspected)
                {
                    return now;
                }

                // Tags may have come and gone meanwhile.
                await RegistryStore.SetInspectionAsync(session, seen with { Tags = now.TagMap });
                return (await RegistryStore.FindVersionRowAsync(session, row.Namespace, row.Model, row.Number))!;
            },
            cancellation);
    }

    private async Task<Result<ModelVersion>> ReadAsync(VersionRow row, CancellationToken cancellation)
    {
        var version = row.ToVersion();
        if (await files.OursBehindAsync(row, cancellation) is { } behind)
        {
            var copied = behind.ToVersion();
            return version with { ArtifactDigest = copied.ArtifactDigest, Format = copied.Format, Inputs = copied.Inputs, Outputs = copied.Outputs, Facts = copied.Facts };
        }

        if (!(await files.ListAsync(row, cancellation)).TryGet(out var all, out var problem))
        {
            return problem;
        }

        if (all.Count == 0)
        {
            return Problem.NotFound($"files of version {row.Version} of model {row.Model} at {Names.Shown(row.Storage)}");
        }

        var described = all.FirstOrDefault(f => f.Path == "MLmodel");
        if (described is null)
        {
            // A bare ONNX file, registered as it is.
            return all.Where(f => f.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)).ToArray() is [var only]
                ? version with { ArtifactDigest = only.Sha256, Format = "onnx" }
                : version with { Format = "files" };
        }

        return (await TextAsync(described, MlModelFile.LargestFile, cancellation)).Then(MlModelFile.Parse).TryGet(out var model, out problem)
            ? await ToldAsync(version, model, all, cancellation)
            : problem;
    }

    private async Task<ModelVersion> ToldAsync(ModelVersion version, MlModelFile model, IReadOnlyList<ModelVersionFile> all, CancellationToken cancellation)
    {
        var onnx = model.OnnxData is null
            ? null
            : all.FirstOrDefault(f => f.Path == model.OnnxData) ?? all.FirstOrDefault(f => f.Path.StartsWith(model.OnnxData + "/", StringComparison.Ordinal) && f.Path.EndsWith(".onnx", StringComparison.Ordinal));
        var example = all.FirstOrDefault(f => f.Path == model.InputExample && f.Bytes <= LongestExample);
        var requirements = all.FirstOrDefault(f => f.Path == "requirements.txt");
        var facts = version.Facts with
        {
            Flavors = Kept(model.Flavors), Framework = model.Framework, FrameworkVersion = model.FrameworkVersion,
            InputExample = example is null ? null : Keepable(await TextAsync(example, LongestExample, cancellation)),
            Requirements = requirements is null ? [] : Lines(Keepable(await TextAsync(requirements, LongestExample, cancellation)) ?? ""),
        };
        return version with
        {
            ArtifactDigest = onnx?.Sha256 ?? "", Format = onnx is not null ? "onnx" : model.Framework ?? model.Flavors.FirstOrDefault() ?? "files", Inputs = model.Inputs,
            Outputs = model.Outputs, Facts = facts,
        };
    }

    private async Task<Result<string>> TextAsync(ModelVersionFile file, int most, CancellationToken cancellation)
    {
        if (file.Bytes > most)
        {
            return new Problem(ProblemCode.TooLarge, $"{file.Path} has {file.Bytes} bytes; at most {most} are read");
        }

        if (!(await files.OpenAsync(file, cancellation)).TryGet(out var content, out var problem))
        {
            return problem;
        }

        await using (content)
        {
            using var reader = new StreamReader(content, Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellation);
        }
    }

    private static string? Keepable(Result<string> text) => text.TryGet(out var read, out _) && Texts.IsKept(read) ? read : null;

    private static string[] Kept(IEnumerable<string> names) => [.. names.Where(Texts.IsKept).Take(MostRequirements)];

    private static string[] Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith('#')).Take(MostRequirements)];
}
