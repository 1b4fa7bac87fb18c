using System.Diagnostics;
using System.Text;
using Slipway.Registry.Domain.Pickles;
using Slipway.Registry.Scanning;

namespace Slipway.Registry.Tests.Scanning;

/// <summary>Makes real pickles with the python3 of this machine.</summary>
internal static class Python
{
    /// <summary>The bytes that the script writes to <c>out</c>.</summary>
    public static async Task<byte[]> BytesAsync(string script)
    {
        var start = new ProcessStartInfo("python3", ["-c", "import sys, pickle, io, os, zipfile, struct, zlib, gzip, collections\nout = sys.stdout.buffer\n" + script])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var bytes = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(bytes);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return bytes.ToArray();
    }

    /// <summary>Findings as <c>dangerous os.system</c>, the worst first.</summary>
    public static string[] Scan(byte[] bytes, string name = "model.pkl") =>
        [.. FileScanner.Scan(name, new MemoryStream(bytes)).Select(f => $"{f.Finding.Level.ToString().ToLowerInvariant()} {f.Finding.What}").Distinct()];

    public static async Task<string[]> ScanAsync(string script, string name = "model.pkl") => Scan(await BytesAsync(script), name);
}
