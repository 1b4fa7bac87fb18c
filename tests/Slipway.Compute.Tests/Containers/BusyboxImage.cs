using System.Diagnostics;
using Slipway.Compute.Containers;

namespace Slipway.Compute.Tests.Containers;

/// <summary>An image for the tests, made of Debian's busybox-static, for no image can be fetched on a closed network.</summary>
internal static class BusyboxImage
{
    public const string Name = "localhost/slipway-test-busybox:1";

    private static readonly string[] Applets = ["sh", "echo", "sleep", "cat", "env", "head", "yes", "true", "setsid", "mkdir", "pwd", "ls", "touch", "kill"];

    public static ContainerOptions Options { get; } = new() { Program = "podman", GlobalArguments = File.Exists("/usr/bin/crun") ? [] : ["--runtime", "runc"] };

    /// <summary>Null when all is there, else why not.</summary>
    public static string? Prepare()
    {
        if (!File.Exists("/usr/bin/podman"))
        {
            return "podman is not installed (apt-get install podman runc busybox-static)";
        }

        if (!File.Exists("/bin/busybox"))
        {
            return "busybox-static is not installed (apt-get install busybox-static)";
        }

        if (Run("podman", "image", "exists", Name) == 0)
        {
            return Works();
        }

        var root = Directory.CreateTempSubdirectory("slipway-busybox-").FullName;
        try
        {
            foreach (var folder in new[] { "bin", "tmp", "proc", "dev", "sys", "etc", "mnt" })
            {
                Directory.CreateDirectory(Path.Combine(root, folder));
            }

            File.Copy("/bin/busybox", Path.Combine(root, "bin/busybox"));
            foreach (var applet in Applets)
            {
                File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
            }

            var archive = root + ".tar";
            return Run("tar", "-C", root, "-cf", archive, ".") == 0 && Run("podman", "import", "--quiet", archive, Name) == 0 ? Works() : "podman cannot make an image here";
        }
        finally
        {
            Directory.Delete(root, recursive: true);
            File.Delete(root + ".tar");
        }
    }

    // Some machines may not make containers at all (no namespaces, no overlay).
    private static string? Works() =>
        Run("podman", [.. Options.GlobalArguments, "run", "--rm", "--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", Name, "true"]) == 0
            ? null
            : "podman cannot run a container on this machine";

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
