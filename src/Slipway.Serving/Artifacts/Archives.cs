using System.Formats.Tar;
using System.IO.Compression;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Artifacts;

/// <summary>Unpacks zip and tar archives of models. Nothing is written outside the target, no links, and no more bytes than allowed, whatever the archive says of itself.</summary>
internal static class Archives
{
    private static readonly string[] Endings = [".zip", ".tar.gz", ".tgz", ".tar"];

    public static bool IsOne(string name) => Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>Unpacks into a folder and answers where the model is: the folder, or the only one in it.</summary>
    public static async Task<Result<string>> UnpackAsync(string archive, string target, long mostBytes, CancellationToken cancellation)
    {
        Directory.CreateDirectory(target);
        try
        {
            var room = new Room(target, mostBytes);
            await using var file = File.OpenRead(archive);
            if (archive.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
            {
                await UnzipAsync(file, room, cancellation);
            }
            else if (archive.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
            {
                await UntarAsync(file, room, cancellation);
            }
            else
            {
                await using var unpacked = new GZipStream(file, CompressionMode.Decompress);
                await UntarAsync(unpacked, room, cancellation);
            }
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            return Problem.Invalid($"The archive {Path.GetFileName(archive)} is damaged: {e.Message}");
        }

        return Directory.GetFileSystemEntries(target) is [var only] && Directory.Exists(only) ? only : target;
    }

    private static async Task UnzipAsync(Stream file, Room room, CancellationToken cancellation)
    {
        // The kind of file stands in the upper half, where Unix tools write it.
        const int KindMask = 0xF000;
        const int Link = 0xA000;
        using var zip = new ZipArchive(file, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries)
        {
            if (((entry.ExternalAttributes >> 16) & KindMask) == Link)
            {
                throw Bad($"holds a link: '{entry.FullName}'");
            }

            if (!entry.FullName.EndsWith('/'))
            {
                await using var content = entry.Open();
                await room.WriteAsync(entry.FullName, content, cancellation);
            }
        }
    }

    private static async Task UntarAsync(Stream file, Room room, CancellationToken cancellation)
    {
        await using var tar = new TarReader(file);
        while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes:
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    await room.WriteAsync(entry.Name, entry.DataStream ?? Stream.Null, cancellation);
                    break;
                default:
                    throw Bad($"holds '{entry.Name}', which is no file but {entry.EntryType}");
            }
        }
    }

    private static ProblemException Bad(string fault) => new(Problem.Invalid($"The archive {fault}"));

    /// <summary>A folder with so much room.</summary>
    private sealed class Room(string folder, long bytes)
    {
        private long _taken;
        private int _files;

        public async Task WriteAsync(string name, Stream content, CancellationToken cancellation)
        {
            var path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
            if (!ModelManifest.IsSafe(path))
            {
                throw Bad($"holds a file of a name that leads elsewhere or cannot be kept: '{name}'");
            }

            if (++_files > ModelManifest.MostFiles)
            {
                throw Bad($"holds more than {ModelManifest.MostFiles} files");
            }

            var target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using var file = new FileStream(target, FileMode.CreateNew);
            var chunk = new byte[128 << 10];
            int count;
            while ((count = await content.ReadAsync(chunk, cancellation)) > 0)
            {
                _taken += count;
                if (_taken > bytes)
                {
                    throw new ProblemException(new Problem(ProblemCode.TooLarge, $"The archive holds more than {bytes} bytes (Serving:MaxModelBytes)"));
                }

                await file.WriteAsync(chunk.AsMemory(0, count), cancellation);
            }
        }
    }
}
