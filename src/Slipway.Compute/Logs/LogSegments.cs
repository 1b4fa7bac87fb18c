namespace Slipway.Compute.Logs;

/// <summary>The files of one log.</summary>
internal static class LogSegments
{
    /// <summary>Offset and length of each, in order. Empty when there is no log.</summary>
    public static List<(long Offset, long Length)> List(string folder)
    {
        var found = new List<(long Offset, long Length)>();
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.log"))
            {
                if (LogFormat.SegmentOffset(file.Name) is { } offset)
                {
                    found.Add((offset, file.Length));
                }
            }
        }
        catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException)
        {
            // No log, or one that is just being removed.
        }

        found.Sort();
        return found;
    }
}
