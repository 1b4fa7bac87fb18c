using Slipway.Serving.Domain;

namespace Slipway.Serving.Payloads;

/// <summary>
/// A file that rows are appended to, a line of JSON each. Every append is one write of whole lines to the operating system: what was appended
/// survives the process, and a write that fails is cut off again.
/// </summary>
internal sealed class PayloadSpool : IDisposable
{
    private readonly FileStream _file;

    /// <param name="storage">Where its Parquet file is to go, which is on disk before any row is; null for nowhere.</param>
    public PayloadSpool(string path, PayloadKey key, DateTimeOffset begun, PayloadStorage? storage)
    {
        (Path, Key, Begun, Storage) = (path, key, begun, storage);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (storage is not null)
        {
            File.WriteAllText(PayloadFolder.DestinationOf(path), storage.ToString());
        }

        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    public string Path { get; }

    public PayloadKey Key { get; }

    public DateTimeOffset Begun { get; }

    public PayloadStorage? Storage { get; }

    public long Length => _file.Length;

    /// <exception cref="IOException">Nothing was appended.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        var before = _file.Position;
        try
        {
            _file.Write(lines);
        }
        catch (IOException)
        {
            _file.SetLength(before);
            _file.Position = before;
            throw;
        }
    }

    /// <summary>Ends it; the path of what is now ready to be packed.</summary>
    public string Seal()
    {
        _file.Dispose();
        var path = PayloadFolder.SealedOf(Path);
        File.Move(Path, path);
        return path;
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Ends a spool that a killed server left: what stands behind the last whole line was never acknowledged. Null when nothing is left.</summary>
    public static string? Recover(string path)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            file.SetLength(EndOfLastLine(file));
        }

        if (new FileInfo(path).Length == 0)
        {
            File.Delete(path);
            File.Delete(PayloadFolder.DestinationOf(path));
            return null;
        }

        var ready = PayloadFolder.SealedOf(path);
        File.Move(path, ready);
        return ready;
    }

    private static long EndOfLastLine(FileStream file)
    {
        var chunk = new byte[64 << 10];
        var end = file.Length;
        while (end > 0)
        {
            var size = (int)Math.Min(chunk.Length, end);
            file.Position = end - size;
            file.ReadExactly(chunk, 0, size);
            var last = chunk.AsSpan(0, size).LastIndexOf((byte)'\n');
            if (last >= 0)
            {
                return end - size + last + 1;
            }

            end -= size;
        }

        return 0;
    }
}
