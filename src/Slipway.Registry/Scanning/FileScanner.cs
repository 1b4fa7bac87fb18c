using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Slipway.Registry.Domain.Pickles;

namespace Slipway.Registry.Scanning;

/// <param name="File">The file, and the entry within an archive.</param>
internal sealed record FileFinding(string File, PickleFinding Finding);

/// <summary>
/// Finds the pickles in one file by what it is, not by what it is called: bare pickles, torch's archives, joblib's compressed files, numpy's arrays of objects.
/// </summary>
internal static class FileScanner
{
    private const long MostBytes = 64L << 30;
    private const int MostEntries = 20_000;
    private const int MostNested = 3;

    private static readonly string[] PickleNames = [".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin", ".dill", ".cloudpickle", ".p"];

    public static IReadOnlyList<FileFinding> Scan(string name, Stream seekable)
    {
        var findings = new List<FileFinding>();
        try
        {
            Scan(name, seekable, findings, new ScanBudget(MostBytes), depth: 0);
        }
        catch (Exception exception) when (exception is PickleFormatException or InvalidDataException or IOException)
        {
            findings.Add(Unreadable(name, exception.Message));
        }

        return findings;
    }

    private static void Scan(string name, Stream stream, List<FileFinding> findings, ScanBudget budget, int depth)
    {
        var head = new byte[8];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Seek(0, SeekOrigin.Begin);
        switch (head.AsSpan(0, length))
        {
            case [(byte)'P', (byte)'K', 3, 4, ..]:
                Archive(name, stream, findings, budget, depth);
                break;
            case [0x1f, 0x8b, ..]:
                Pickle(name, new GZipStream(stream, CompressionMode.Decompress), findings, budget);
                break;
            case [0x78, 0x01 or 0x5e or 0x9c or 0xda, ..] when IsPickleName(name):
                Pickle(name, new ZLibStream(stream, CompressionMode.Decompress), findings, budget);
                break;
            case [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xfd, (byte)'7', (byte)'z', ..] or [0x04, 0x22, 0x4d, 0x18, ..] or [0x5d, 0, 0, ..] when IsPickleName(name):
                findings.Add(Unreadable(name, "it is packed with bzip2, xz, lzma or lz4, which is not unpacked here; keep it plain or with gzip or zlib"));
                break;
            case [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..]:
                Array(name, stream, findings, budget);
                break;
            case [0x80, <= 5, ..]:
                Pickle(name, stream, findings, budget);
                break;
            default:
                Other(name, stream, length, findings, budget);
                break;
        }
    }

    private static void Other(string name, Stream stream, int length, List<FileFinding> findings, ScanBudget budget)
    {
        if (name.EndsWith(".py", StringComparison.OrdinalIgnoreCase))
        {
            findings.Add(new FileFinding(name, new PickleFinding(PickleLevel.Suspicious, "Python code", "is imported when the model is loaded", 0)));
        }
        else if (IsPickleName(name) && length > 0)
        {
            // Protocols 0 and 1 begin like anything; only a name tells that it is meant as a pickle. Weights in other forms have such names too.
            var found = PickleScanner.Scan(new StreamPickleInput(stream, budget));
            if (!found.Any(f => f.Level == PickleLevel.Unreadable) || name.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase) || found.Any(f => f.Level == PickleLevel.Dangerous))
            {
                findings.AddRange(found.Select(f => new FileFinding(name, f)));
            }
        }
    }

    private static void Archive(string name, Stream stream, List<FileFinding> findings, ScanBudget budget, int depth)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Count > MostEntries || depth >= MostNested)
        {
            findings.Add(Unreadable(name, depth >= MostNested ? "has archives inside archives" : $"has more than {MostEntries} entries"));
            return;
        }

        foreach (var entry in archive.Entries.Where(e => e.Length > 0))
        {
            using var content = entry.Open();
            var head = new byte[8];
            var length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            var joined = new HeadThenRest(head.AsMemory(0, length), content);
            var path = $"{name}:{entry.FullName}";
            switch (head.AsSpan(0, length))
            {
                case [0x80, <= 5, ..] when !IsRawData(entry.FullName):
                    Pickle(path, joined, findings, budget);
                    break;
                case [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..]:
                    Array(path, joined, findings, budget);
                    break;
                case [(byte)'P', (byte)'K', 3, 4, ..]:
                    findings.Add(Unreadable(path, "is an archive inside an archive"));
                    break;
                default:
                    Other(path, joined, length, findings, budget);
                    break;
            }
        }
    }

    // torch keeps tensors as data/0, data/1 beside data.pkl: numbers that may begin like a pickle.
    private static bool IsRawData(string entry) => entry.Split('/') is [.., "data", var last] && last.All(char.IsAsciiDigit);

    private static void Pickle(string name, Stream stream, List<FileFinding> findings, ScanBudget budget) =>
        findings.AddRange(PickleScanner.Scan(new StreamPickleInput(stream, budget)).Select(f => new FileFinding(name, f)));

    // An array of objects is a pickle behind numpy's header; all others are numbers.
    private static void Array(string name, Stream stream, List<FileFinding> findings, ScanBudget budget)
    {
        var start = new byte[12];
        stream.ReadExactly(start.AsSpan(0, 10));
        var length = (int)BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8));
        if (start[6] >= 2)
        {
            stream.ReadExactly(start.AsSpan(10, 2));
            length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8)), 1 << 20);
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        if (Encoding.Latin1.GetString(header).Contains("O'", StringComparison.Ordinal))
        {
            Pickle(name, stream, findings, budget);
        }
    }

    private static bool IsPickleName(string name) => PickleNames.Any(n => name.EndsWith(n, StringComparison.OrdinalIgnoreCase));

    private static FileFinding Unreadable(string name, string why) => new(name, new PickleFinding(PickleLevel.Unreadable, "file", why, 0));

    /// <summary>Bytes that were looked at already, then the rest.</summary>
    private sealed class HeadThenRest(ReadOnlyMemory<byte> head, Stream rest) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_at == head.Length)
            {
                return rest.Read(buffer);
            }

            var count = Math.Min(buffer.Length, head.Length - _at);
            head.Span.Slice(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
