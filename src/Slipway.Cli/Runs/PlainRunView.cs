using System.Text.Json.Nodes;

namespace Slipway.Cli.Runs;

/// <summary>For logs and pipes: one line for each change of a step's state, nothing redrawn.</summary>
internal sealed class PlainRunView(TextWriter output)
{
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    public void Show(JsonObject run)
    {
        foreach (var step in RunText.Steps(run))
        {
            var (name, state) = (RunText.Text(step, "name"), RunText.Text(step, "state"));
            if (state != "Pending" && _seen.GetValueOrDefault(name) != state)
            {
                _seen[name] = state;
                var remark = RunText.Remark(step);
                output.WriteLine($"{state,-10} {name}{(remark.Length > 0 ? $"  ({remark})" : "")}");
            }
        }

        output.Flush();
    }
}
