using Slipway.Client.Loops;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Loops;

/// <summary>For a terminal: events scroll by, below them a progress bar and the figures so far are redrawn in place.</summary>
internal sealed class LiveLoopView(IAnsiConsole console, LiveDisplayContext live, LoopGuide? guide) : ILoopView
{
    private const int BarWidth = 40;
    private int _shown;

    public static Task<T> RunAsync<T>(IAnsiConsole console, LoopGuide? guide, Func<ILoopView, Task<T>> work) =>
        console.Live(new Text("")).AutoClear(true).StartAsync(live => work(new LiveLoopView(console, live, guide)));

    public void Note(string line) => console.WriteLine(line);

    public void Show(LoopReport report)
    {
        foreach (var happened in report.Events.Skip(_shown))
        {
            if (guide?.Explain(happened.Kind) is { } explanation)
            {
                console.MarkupLine($"\n  [italic cyan]{explanation.EscapeMarkup()}[/]");
            }

            console.MarkupLine($"[grey]{LoopText.Time(happened.Time)}[/]  [bold]{happened.Kind.EscapeMarkup()}[/]  {happened.Reason.EscapeMarkup()}");
        }

        _shown = Math.Max(_shown, report.Events.Count);
        live.UpdateTarget(Draw(report));
    }

    private static Rows Draw(LoopReport report)
    {
        var rows = new List<IRenderable> { new Text("") };
        if (report.Progress is { Steps: > 0 } progress)
        {
            var done = (int)Math.Clamp(BarWidth * progress.Step / progress.Steps, 0, BarWidth);
            rows.Add(new Markup($"[green]{new string('━', done)}[/][grey]{new string('━', BarWidth - done)}[/]  {progress.Step}/{progress.Steps}" +
                (progress.Time is { } time ? $"  the replay stands at [bold]{LoopText.Time(time)}[/]" : "")));
        }

        rows.Add(new Markup($"requests [bold]{LoopText.Count(report.Requests.Sent)}[/], failed [bold]{LoopText.Count(report.Requests.Failed)}[/]   " +
            $"trainings [bold]{report.Trainings}[/]   promotions [bold]{report.Promotions}[/]   rollbacks [bold]{report.Rollbacks}[/]"));
        if (report.Windows.Count > 0)
        {
            rows.Add(new Text(LoopText.Table(report.Windows)));
        }

        return new Rows(rows);
    }
}
