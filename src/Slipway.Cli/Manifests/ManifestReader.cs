using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Manifests;

/// <summary>Reads resources from files, folders and standard input (<c>-</c>); a v1 List counts as its items.</summary>
internal static class ManifestReader
{
    private const long LargestFile = 16 * 1024 * 1024;
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <param name="sources">Files, folders, or <c>-</c>.</param>
    /// <param name="recursive">Whether folders are read with all folders below.</param>
    /// <param name="pathOf">Makes a path absolute.</param>
    /// <param name="openInput">Standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<Result<IReadOnlyList<Manifest>>> ReadAsync(
        IEnumerable<string> sources, bool recursive, Func<string, string> pathOf, Func<Stream> openInput, CancellationToken cancellation)
    {
        var manifests = new List<Manifest>();
        foreach (var source in sources)
        {
            var files = source == "-" ? Result.From<IReadOnlyList<string>>([source]) : FilesOf(source, pathOf(source), recursive);
            if (!files.TryGet(out var list, out var problem))
            {
                return problem;
            }

            foreach (var file in list)
            {
                var read = (await ReadTextAsync(file, openInput, cancellation)).Then(text => Parse(text, file == "-" ? "standard input" : Path.GetFileName(file)));
                if (!read.TryGet(out var found, out problem))
                {
                    return problem;
                }

                manifests.AddRange(found);
            }
        }

        return manifests.Count > 0 ? manifests : Problem.Invalid($"no resources in {string.Join(", ", sources)}");
    }

    public static Result<IReadOnlyList<Manifest>> Parse(string text, string name)
    {
        if (!YamlReader.Read(text, name).TryGet(out var documents, out var problem))
        {
            return problem;
        }

        var nodes = documents.SelectMany(d => d is JsonObject map && map["kind"]?.ToString() == "List" && map["items"] is JsonArray items ? items.OfType<JsonNode>() : [d]).ToList();
        var manifests = new List<Manifest>();
        var faults = new List<string>();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (Manifest.From(nodes[i], nodes.Count == 1 ? name : $"{name} ({i + 1})").TryGet(out var manifest, out var fault))
            {
                manifests.Add(manifest);
            }
            else
            {
                faults.Add(fault.Message);
            }
        }

        return faults.Count == 0 ? manifests : Problem.Invalid(string.Join("; ", faults));
    }

    private static Result<IReadOnlyList<string>> FilesOf(string given, string path, bool recursive)
    {
        if (File.Exists(path))
        {
            return Result.From<IReadOnlyList<string>>([path]);
        }

        if (!Directory.Exists(path))
        {
            return Problem.Invalid($"{given} is neither a file nor a folder");
        }

        try
        {
            var files = Directory.EnumerateFiles(path, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToArray();
            return files.Length > 0 ? files : Problem.Invalid($"no .yaml, .yml or .json files in {given}{(recursive ? "" : " (folders below it are read with -R)")}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot read {given}: {fault.Message}");
        }
    }

    private static async Task<Result<string>> ReadTextAsync(string file, Func<Stream> openInput, CancellationToken cancellation)
    {
        try
        {
            if (file == "-")
            {
                using var reader = new StreamReader(openInput(), Encoding.UTF8);
                return await reader.ReadToEndAsync(cancellation);
            }

            return new FileInfo(file).Length <= LargestFile
                ? await File.ReadAllTextAsync(file, cancellation)
                : Problem.Invalid($"{file} is larger than {LargestFile / 1024 / 1024} MiB; is it a manifest?");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"cannot read {file}: {fault.Message}");
        }
    }
}
