using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>The folder that a process runs in.</summary>
/// <param name="IsOwn">Made by the backend and removed at the end.</param>
internal sealed record ProcessFolder(string Path, bool IsOwn)
{
    /// <summary>Makes the folder and writes the workload's files.</summary>
    /// <param name="seesMounts">True when the workload sees its mounts at their targets; else the files say their sources.</param>
    public static ProcessFolder Prepare(Workload workload, string scratch, bool seesMounts)
    {
        var folder = new ProcessFolder(workload.WorkingFolder ?? System.IO.Path.Combine(scratch, workload.Attempt), workload.WorkingFolder is null);
        Directory.CreateDirectory(folder.Path);
        foreach (var file in workload.Files)
        {
            var path = System.IO.Path.Combine(folder.Path, file.Path);
            if (file.Path.Contains('/'))
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            }

            File.WriteAllText(path, seesMounts ? file.Content : MountText.Rewrite(file.Content, workload.Mounts));
        }

        return folder;
    }

    public void RemoveIfOwn()
    {
        if (IsOwn)
        {
            Remove(Path);
        }
    }

    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing there, or a file that the workload locked away: the system clears its temporary folder.
        }
    }
}
