using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Domain;

/// <summary>Names of namespaces and datasets, as Kubernetes names its objects, so that they fit paths, labels and files.</summary>
internal static partial class DatasetName
{
    private const int Longest = 63;

    public static Problem? Check(string ns, string name)
    {
        var faults = new List<Fault>();
        foreach (var (path, value) in ((string, string)[])[("namespace", ns), ("name", name)])
        {
            if (value.Length > Longest || !Allowed().IsMatch(value))
            {
                faults.Add(new Fault(path, $"'{(value.Length > 80 ? value[..80] : value)}' must be 1 to {Longest} of a-z, 0-9, '-', '.', '_', "
                    + "beginning and ending with a letter or digit"));
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}
