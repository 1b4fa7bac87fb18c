using System.Text;
using Slipway.Compute.Workloads;

namespace Slipway.Compute.Processes;

/// <summary>
/// A process has the host's file system, so a mount cannot appear at its target. Instead every mention of the target becomes the source:
/// <c>cat /mnt/keys/a</c> reads the file that it means. A mention is the target as a whole path or followed by a slash.
/// </summary>
internal static class MountText
{
    public static string Rewrite(string text, IReadOnlyList<WorkloadMount> mounts)
    {
        if (mounts.Count == 0 || !text.Contains('/'))
        {
            return text;
        }

        // The longest first: of /mnt and /mnt/keys the closer one is meant.
        var ordered = mounts.Select(m => (Target: m.Target.TrimEnd('/'), Source: m.Source.TrimEnd('/'))).Where(m => m.Target != m.Source && m.Target.Length > 0)
            .OrderByDescending(m => m.Target.Length).ToArray();
        var written = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var hit = text[at] == '/' && (at == 0 || !IsPathCharacter(text[at - 1]))
                ? Array.Find(ordered, m => text.AsSpan(at).StartsWith(m.Target, StringComparison.Ordinal)
                    && (at + m.Target.Length == text.Length || text[at + m.Target.Length] == '/' || !IsPathCharacter(text[at + m.Target.Length])))
                : default;
            if (hit.Target is null)
            {
                written.Append(text[at++]);
            }
            else
            {
                written.Append(hit.Source);
                at += hit.Target.Length;
            }
        }

        return written.ToString();
    }

    private static bool IsPathCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '~';
}
