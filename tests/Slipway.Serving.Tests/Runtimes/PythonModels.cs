using System.Diagnostics;
using Slipway.Conformance;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>Models that the python3 of this machine trains and saves, and what it says they predict.</summary>
internal static class PythonModels
{
    public const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script in a new folder below <paramref name="parent"/>, which is the model then, and answers the folder and what was printed.</summary>
    public static async Task<(string Folder, string Printed)> MakeAsync(TempFolder parent, string script)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent.FullPath, Guid.NewGuid().ToString("N"))).FullName;
        return (folder, await RunAsync(folder, script));
    }

    public static async Task<string> RunAsync(string folder, string script)
    {
        var start = new ProcessStartInfo(Interpreter, ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var (printed, complaints) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await complaints);
        return (await printed).Trim();
    }

    /// <summary>A folder with a <c>model.py</c>.</summary>
    public static string Custom(TempFolder parent, string code)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent.FullPath, Guid.NewGuid().ToString("N"))).FullName;
        File.WriteAllText(Path.Combine(folder, "model.py"), code);
        return folder;
    }
}
