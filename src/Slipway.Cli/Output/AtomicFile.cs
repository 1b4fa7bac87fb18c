using Slipway.Kernel.Problems;

namespace Slipway.Cli.Output;

/// <summary>Writes a file so that a reader sees the old content or the new, never half of it.</summary>
internal static class AtomicFile
{
    /// <param name="path">Absolute path; its folder must exist.</param>
    /// <param name="content">The whole file.</param>
    /// <param name="mode">Permissions, for files with secrets in them; null is the default.</param>
    /// <param name="cancellation">Leaves the old file in place.</param>
    public static async Task<Result<Unit>> WriteAsync(string path, string content, UnixFileMode? mode, CancellationToken cancellation)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = mode;
            }

            await using (var stream = new FileStream(temporary, options))
            {
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), cancellation);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return Result.Ok;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            return Problem.Invalid($"cannot write {path}: {fault.Message}");
        }
    }
}
