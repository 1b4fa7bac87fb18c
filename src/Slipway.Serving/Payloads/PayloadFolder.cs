using System.Globalization;

namespace Slipway.Serving.Payloads;

/// <summary>
/// Where payload files lie: <c>payloads/namespace=NS/service=NAME/day=2026-11-21/*.parquet</c> in the data folder, which DuckDB, pandas and Spark
/// read as a partitioned table; and <c>payloads/.spool</c>, rows that are not packed yet.
/// </summary>
internal sealed class PayloadFolder(string root) : IDisposable
{
    private const string SealedEnding = ".ndjson";
    private const string ActiveEnding = ".active";
    private const string DestinationEnding = ".to";

    private readonly SemaphoreSlim _files = new(1);

    public string Root { get; } = root;

    /// <summary>Files on their way; emptied at start.</summary>
    public string Temporary { get; } = Path.Combine(root, ".spool", "tmp");

    /// <summary>Until the answer is disposed, no file appears or goes by anybody else.</summary>
    public async Task<IDisposable> HoldAsync(CancellationToken cancellation)
    {
        await _files.WaitAsync(cancellation);
        return new Holding(_files);
    }

    private string Spools { get; } = Path.Combine(root, ".spool", "rows");

    /// <summary>Files of object stores that queries have read.</summary>
    public string Fetched { get; } = Path.Combine(root, ".spool", "fetched");

    public string ServiceFolder(string ns, string service) => Path.Combine(Root, $"namespace={ns}", $"service={service}");

    public string DayFolder(string ns, string service, DateOnly day) => Path.Combine(ServiceFolder(ns, service), "day=" + Write(day));

    /// <summary>A name for a new spool: names sort by the time they were begun, and no two servers make the same.</summary>
    public string NewSpool(PayloadKey key, DateTimeOffset now, string unique) => Path.Combine(
        Spools, key.Namespace, key.Service, Write(key.Day), now.UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture) + "-" + unique + ActiveEnding);

    /// <summary>A name for a copy of a spool, in the temporary folder.</summary>
    public string NewCopy(string spool, string unique) => Path.Combine(Temporary, $"{unique}~{Path.GetFileNameWithoutExtension(spool)}{SealedEnding}");

    /// <summary>The name, without ending, of the spool that a copy was made of.</summary>
    public static string SpoolOfCopy(string copy) => Path.GetFileNameWithoutExtension(copy).Split('~', 2)[1];

    public static string SealedOf(string active) => Path.ChangeExtension(active, SealedEnding);

    /// <summary>The Parquet file that a sealed spool becomes: the same name whenever it is tried, so that a crash in between makes no second copy.</summary>
    public string ParquetOf(string spool)
    {
        var key = KeyOf(spool);
        return Path.Combine(DayFolder(key.Namespace, key.Service, key.Day), Path.GetFileNameWithoutExtension(spool) + ".parquet");
    }

    public PayloadKey KeyOf(string spool)
    {
        var parts = Path.GetRelativePath(Spools, spool).Split(Path.DirectorySeparatorChar);
        return new PayloadKey(parts[0], parts[1], ReadDay(parts[2]) ?? DateOnly.MinValue);
    }

    /// <summary>Beside a spool, and there until its Parquet file has been uploaded: a file that says where to.</summary>
    public static string DestinationOf(string spool) => Path.ChangeExtension(spool, DestinationEnding);

    /// <summary>All <see cref="DestinationOf"/>, oldest first.</summary>
    public IEnumerable<string> Destinations() =>
        Files(Spools, "*" + DestinationEnding, SearchOption.AllDirectories).OrderBy(Path.GetFileName, StringComparer.Ordinal);

    /// <summary>Whether rows of that destination are not packed yet.</summary>
    public static bool IsSpooled(string destination) =>
        File.Exists(Path.ChangeExtension(destination, SealedEnding)) || File.Exists(Path.ChangeExtension(destination, ActiveEnding));

    /// <summary>Whether files of that day wait to be uploaded.</summary>
    public bool IsAwaited(string ns, string service, DateOnly day) =>
        Files(Path.Combine(Spools, ns, service, Write(day)), "*" + DestinationEnding, SearchOption.TopDirectoryOnly).Any();

    /// <summary>A Parquet file's path below the root, or its key below a prefix in an object store.</summary>
    public static string Relative(PayloadKey key, string file) => $"namespace={key.Namespace}/service={key.Service}/day={Write(key.Day)}/{file}";

    public IEnumerable<string> Sealed() => Files(Spools, "*" + SealedEnding, SearchOption.AllDirectories);

    public IEnumerable<string> Active() => Files(Spools, "*" + ActiveEnding, SearchOption.AllDirectories);

    /// <summary>Sealed spools of a service in a stretch of days that are not packed yet.</summary>
    public IEnumerable<string> SealedOf(string ns, string service, DateOnly from, DateOnly until) =>
        Files(Path.Combine(Spools, ns, service), "*" + SealedEnding, SearchOption.AllDirectories)
            .Where(f => KeyOf(f).Day is var day && day >= from && day <= until && !File.Exists(ParquetOf(f)));

    public IEnumerable<(DateOnly Day, FileInfo File)> Parquet(string ns, string service, DateOnly from, DateOnly until)
    {
        var folder = ServiceFolder(ns, service);
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateDirectories(folder, "day=*").Order(StringComparer.Ordinal))
        {
            if (DayOf(path) is not { } day || day < from || day > until)
            {
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(path, "*.parquet").Order(StringComparer.Ordinal))
            {
                yield return (day, new FileInfo(file));
            }
        }
    }

    /// <summary>Every day's folder of every service.</summary>
    public IEnumerable<(PayloadKey Key, string Path)> Days() => Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root, "namespace=*")
            .SelectMany(ns => Directory.EnumerateDirectories(ns, "service=*"))
            .SelectMany(service => Directory.EnumerateDirectories(service, "day=*"))
            .Select(path => (Key: KeyOfFolder(path), Path: path))
            .Where(d => d.Key is not null)
            .Select(d => (d.Key!.Value, d.Path))
        : [];

    public static DateOnly? ReadDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    public static string Write(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Of <c>namespace=NS/service=NAME/day=DAY</c>; null when it is no day.</summary>
    private PayloadKey? KeyOfFolder(string folder)
    {
        var parts = Path.GetRelativePath(Root, folder).Split(Path.DirectorySeparatorChar);
        return DayOf(folder) is { } day ? new PayloadKey(parts[0]["namespace=".Length..], parts[1]["service=".Length..], day) : null;
    }

    private static DateOnly? DayOf(string folder) => ReadDay(Path.GetFileName(folder)["day=".Length..]);

    public void Dispose() => _files.Dispose();

    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, depth).Order(StringComparer.Ordinal) : [];

    private sealed class Holding(SemaphoreSlim files) : IDisposable
    {
        public void Dispose() => files.Release();
    }
}

/// <summary>What one file holds rows of; the day is the arrival's, in UTC.</summary>
internal readonly record struct PayloadKey(string Namespace, string Service, DateOnly Day);
