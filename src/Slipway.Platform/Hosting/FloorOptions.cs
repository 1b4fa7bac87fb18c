using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Platform.Hosting;

/// <summary>Where the floor keeps its things.</summary>
public sealed record FloorOptions
{
    /// <summary>The folder that this server process owns: <c>--data</c>. Made when missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary><c>sqlite:PATH</c> or <c>postgres://...</c>; null is <c>slipway.db</c> in the data folder.</summary>
    public string? DatabaseUrl { get; init; }

    /// <summary>A folder for objects; null is <c>objects</c> in the data folder.</summary>
    public string? ObjectsUrl { get; init; }

    /// <summary>32 bytes in base64 that secrets in the database are sealed with; null keeps a key in the data folder.</summary>
    public string? SecretKey { get; init; }

    /// <summary>An object may be this large at most. 64 GiB; the disk is usually smaller.</summary>
    public long MostObjectBytes { get; init; } = 64L << 30;

    /// <summary>Reconciles that run at the same time, per controller. 1 to 64.</summary>
    public int ControllerWorkers { get; init; } = 2;

    /// <summary>Every fault at once, or the options resolved to full paths.</summary>
    internal Result<ResolvedFloor> Resolve()
    {
        var faults = new List<Fault>();
        if (string.IsNullOrWhiteSpace(DataFolder) || DataFolder.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add(new Fault("--data", "names no folder; give a folder such as ./data"));
        }

        if (ObjectsUrl is { } objects && (string.IsNullOrWhiteSpace(objects) || objects.Contains("://", StringComparison.Ordinal)))
        {
            faults.Add(new Fault("--objects", $"'{WithoutQuery(objects)}' is not a folder; objects are kept in a folder on this machine"));
        }

        if (MostObjectBytes < 1)
        {
            faults.Add(new Fault("MostObjectBytes", "must be at least 1"));
        }

        if (ControllerWorkers is < 1 or > 64)
        {
            faults.Add(new Fault("ControllerWorkers", "must be from 1 to 64"));
        }

        DatabaseUrl? url = null;
        if (DatabaseUrl is not null && !Database.DatabaseUrl.Parse(DatabaseUrl).TryGet(out url, out var problem))
        {
            faults.Add(new Fault("--db", problem.Message));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        var data = Path.GetFullPath(DataFolder);
        return new ResolvedFloor(
            data, url ?? new DatabaseUrl.Sqlite(Path.Combine(data, "slipway.db")), ObjectsUrl is null ? Path.Combine(data, "objects") : Path.GetFullPath(ObjectsUrl));
    }

    // Keys may stand in the query of an object store's URL.
    private static string WithoutQuery(string url) => url.Split('?')[0];
}

internal sealed record ResolvedFloor(string DataFolder, DatabaseUrl Database, string ObjectsFolder);
