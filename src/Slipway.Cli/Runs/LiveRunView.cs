using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Runs;

/// <summary>For a terminal: the steps of the graph with their states, redrawn in place; of a wide run those that matter now.</summary>
internal sealed class LiveRunView(LiveDisplayContext live, int height)
{
    private const int BarWidth = 40;

    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<LiveRunView, Task<T>> work) =>
        console.Live(new Text("")).AutoClear(true).StartAsync(live => work(new LiveRunView(live, Math.Max(5, console.Profile.Height - 5))));

    public void Show(JsonObject run)
    {
        var steps = RunText.Steps(run).ToList();
        var done = steps.Count(s => Colour(RunText.Text(s, "state")) is not ("grey" or "yellow"));
        var bar = steps.Count == 0 ? 0 : BarWidth * done / steps.Count;
        var rows = new List<IRenderable>();

        // When they do not fit: what runs and what failed first, then what ended last.
        var shown = steps.Count <= height ? steps
            : [.. steps.OrderBy(s => RunText.Text(s, "state") switch { "Running" => 0, "Failed" => 1, _ => 2 }).ThenByDescending(s => RunText.Text(s, "finished"), StringComparer.Ordinal).Take(height)];
        foreach (var step in shown)
        {
            var (state, depth) = (RunText.Text(step, "state"), RunText.Text(step, "name").Count(c => c == '/'));
            rows.Add(new Markup(
                $"[{Colour(state)}]{Sign(state)} {new string(' ', 2 * depth)}{RunText.Text(step, "name").EscapeMarkup()}[/]  [grey]{RunText.Took(step)} {RunText.Remark(step).EscapeMarkup()}[/]"));
        }

        rows.Add(new Markup($"[green]{new string('━', bar)}[/][grey]{new string('━', BarWidth - bar)}[/]  {done}/{steps.Count}  {RunText.Text(run, "state")}"));
        live.UpdateTarget(new Rows(rows));
    }

    private static string Sign(string state) => state switch
    {
        "Succeeded" => "✔",
        "Failed" => "✘",
        "Running" => "▶",
        "Skipped" => "-",
        _ => "·",
    };

    private static string Colour(string state) => state switch
    {
        "Succeeded" => "green",
        "Failed" => "red",
        "Running" => "yellow",
        "Skipped" => "blue",
        _ => "grey",
    };
}
