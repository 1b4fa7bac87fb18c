using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Compute.Workloads;

/// <summary>What every backend asks of a workload before it starts it. All faults at once.</summary>
public static partial class WorkloadCheck
{
    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex AttemptForm();

    /// <summary>True for what may be an attempt's id: it becomes a folder's and a container's name, so no slash and no dots alone.</summary>
    public static bool IsAttempt(string text) => AttemptForm().IsMatch(text) && text is not ("." or "..");

    /// <summary>Null when all is well.</summary>
    public static Problem? Check(Workload workload)
    {
        var faults = Faults(workload).ToArray();
        return faults.Length == 0 ? null : Problem.Invalid(faults);
    }

    private static IEnumerable<Fault> Faults(Workload workload)
    {
        if (!IsAttempt(workload.Attempt))
        {
            yield return new Fault("attempt", "must be 1 to 128 letters, digits, dots, underscores and dashes");
        }

        foreach (var (path, text) in workload.Command.Select((t, i) => ($"command[{i}]", t)).Concat(workload.Args.Select((t, i) => ($"args[{i}]", t)))
            .Concat(workload.Env.Concat(workload.Secrets.Reveal()).Select(p => ($"env.{p.Key}", p.Value))))
        {
            if (text.Contains('\0'))
            {
                yield return new Fault(path, "holds a zero byte, which no program can be given");
            }
        }

        foreach (var name in workload.Env.Keys.Concat(workload.Secrets.Names))
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
            {
                yield return new Fault($"env.{name}", "a variable's name must not be empty and must not hold \"=\" or a zero byte");
            }
        }

        if (workload.WorkingFolder is { } folder && !Path.IsPathRooted(folder))
        {
            yield return new Fault("workingFolder", $"\"{folder}\" is not an absolute path");
        }

        foreach (var file in workload.Files.Where(f => !StaysBelow(f.Path)))
        {
            yield return new Fault("files", $"\"{file.Path}\" must be a path below the working folder");
        }

        foreach (var mount in workload.Mounts)
        {
            if (!Path.IsPathRooted(mount.Source) || !Path.IsPathRooted(mount.Target) || mount.Target.TrimEnd('/').Length == 0)
            {
                yield return new Fault("mounts", $"\"{mount.Source}\" to \"{mount.Target}\": both must be absolute paths, and the target not the root");
            }
        }

        foreach (var (path, bad) in new[]
        {
            ("resources.cpu", workload.Resources.Cpu is { } cpu && !(cpu > 0 && cpu < 1e6)), ("resources.memoryBytes", workload.Resources.MemoryBytes <= 0),
            ("resources.pids", workload.Resources.Pids <= 0), ("resources.diskBytes", workload.Resources.DiskBytes <= 0),
            ("resources.accelerator.count", workload.Resources.Accelerator?.Count < 0), ("timeout", workload.Timeout <= TimeSpan.Zero),
        })
        {
            if (bad)
            {
                yield return new Fault(path, "must be more than zero");
            }
        }

        if (workload.GracePeriod < TimeSpan.Zero)
        {
            yield return new Fault("gracePeriod", "must not be negative");
        }
    }

    private static bool StaysBelow(string path) =>
        path.Length > 0 && !Path.IsPathRooted(path) && !path.Contains('\0') && path.Split('/').All(part => part is not ("" or "." or ".."));
}
