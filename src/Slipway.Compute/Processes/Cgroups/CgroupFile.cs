using System.Text;

namespace Slipway.Compute.Processes.Cgroups;

/// <summary>Small writes to control files; false when the kernel refuses.</summary>
internal static class CgroupFile
{
    public static bool Write(string file, string text)
    {
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(text), 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
