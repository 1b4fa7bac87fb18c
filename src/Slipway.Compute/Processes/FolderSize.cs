namespace Slipway.Compute.Processes;

/// <summary>The bytes of the files below a folder; links are not followed, and what vanishes meanwhile counts nothing.</summary>
internal static class FolderSize
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    public static long Of(string folder)
    {
        long sum = 0;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", Everything))
            {
                try
                {
                    sum += file.Length;
                }
                catch (IOException)
                {
                    // Deleted since it was listed.
                }
            }
        }
        catch (IOException)
        {
            // The folder itself is being changed: the next look sees it whole.
        }

        return sum;
    }
}
