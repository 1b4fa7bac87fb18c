using System.Formats.Tar;
using System.IO.Compression;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.Packages;

/// <summary>
/// A pipeline as users upload it: YAML or JSON, or a .zip or .tar.gz that holds <c>pipeline.yaml</c>, or else exactly one YAML file. What it is, is told by its
/// first bytes, not by its name. Nothing is ever unpacked to disk; what unpacks to too much is refused.
/// </summary>
public static class PackageReader
{
    public const int MostEntries = 1_000;

    // The files of a package beside the pipeline (a README, code) are read past, up to this.
    private const int MostUnpacked = 4 * TextLimits.Bytes;

    private const string Main = "pipeline.yaml";

    /// <param name="package">The uploaded bytes.</param>
    /// <param name="file">The upload's name, for messages.</param>
    public static Result<PipelineSource> Read(byte[] package, string file) => PipelineText(package, file).Then(found => PipelineReader.Read(found.Bytes, found.Name));

    /// <summary>The bytes of the pipeline's own text in a package, and what to call it in messages.</summary>
    public static Result<(byte[] Bytes, string Name)> PipelineText(byte[] package, string file)
    {
        try
        {
            return package switch
            {
                [(byte)'P', (byte)'K', 3 or 5, ..] => Zip(package, file),
                [0x1F, 0x8B, ..] => Tar(package, file),
                _ => (package, file),
            };
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException or IOException or FormatException or ArgumentException or NotSupportedException)
        {
            return Problem.Invalid($"{file} is not a readable package: {fault.Message}");
        }
        catch (ProblemException fault)
        {
            return fault.Problem;
        }
    }

    private static Result<(byte[] Bytes, string Name)> Zip(byte[] package, string file)
    {
        using var archive = new ZipArchive(new MemoryStream(package, writable: false), ZipArchiveMode.Read);
        var choice = new Choice(file);
        var left = MostUnpacked;
        foreach (var entry in archive.Entries)
        {
            if (choice.Wants(entry.FullName, isFile: !entry.FullName.EndsWith('/')))
            {
                using var content = entry.Open();
                choice.Take(entry.FullName, ReadAll(content, file, entry.FullName, ref left));
            }
        }

        return choice.Result();
    }

    private static Result<(byte[] Bytes, string Name)> Tar(byte[] package, string file)
    {
        // The whole of it is unpacked to find the entries, so the whole of it is bounded.
        var left = MostUnpacked;
        using var unzipped = new GZipStream(new MemoryStream(package, writable: false), CompressionMode.Decompress);
        using var tar = new MemoryStream(ReadAll(unzipped, file, "", ref left), writable: false);
        using var reader = new TarReader(tar);
        var choice = new Choice(file);
        while (reader.GetNextEntry() is { } entry)
        {
            if (choice.Wants(entry.Name, entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile) && entry.DataStream is { } content)
            {
                var enough = MostUnpacked;
                choice.Take(entry.Name, ReadAll(content, file, entry.Name, ref enough));
            }
        }

        return choice.Result();
    }

    // Sizes in headers are claims; only what comes out counts.
    private static byte[] ReadAll(Stream content, string file, string entry, ref int left)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0;)
        {
            left -= read;
            if (left < 0)
            {
                throw new ProblemException(new Problem(ProblemCode.TooLarge, $"{file}{(entry.Length > 0 ? ": " + entry : "")} unpacks to more than {MostUnpacked / (1024 * 1024)} MiB"));
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    /// <summary>Which of a package's files is the pipeline.</summary>
    private sealed class Choice(string file)
    {
        private readonly List<(byte[] Bytes, string Name)> _found = [];
        private int _entries;

        public bool Wants(string name, bool isFile)
        {
            if (++_entries > MostEntries)
            {
                throw new ProblemException(new Problem(ProblemCode.TooLarge, $"{file} has more than {MostEntries} entries"));
            }

            if (name.StartsWith('/') || name.Contains('\\') || name.Contains('\0') || name.Split('/').Contains(".."))
            {
                throw new ProblemException(Problem.Invalid($"{file} has an entry that points outside of it: {name.Replace('\0', '?')}"));
            }

            // Apple's archiver adds ._pipeline.yaml beside pipeline.yaml.
            var last = name[(name.LastIndexOf('/') + 1)..];
            return isFile && !last.StartsWith("._", StringComparison.Ordinal)
                && (last.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || last.EndsWith(".yml", StringComparison.OrdinalIgnoreCase));
        }

        public void Take(string name, byte[] bytes) => _found.Add((bytes, $"{file}/{name}"));

        public Result<(byte[] Bytes, string Name)> Result()
        {
            var main = _found.Where(f => f.Name == $"{file}/{Main}" || f.Name == $"{file}/./{Main}").ToList();
            var choice = main.Count > 0 ? main : _found;
            return choice.Count == 1 ? choice[0]
                : Problem.Invalid(choice.Count == 0
                    ? $"{file} holds no {Main}"
                    : $"{file} holds {choice.Count} YAML files; it must hold one {Main}, or exactly one YAML file");
        }
    }
}
