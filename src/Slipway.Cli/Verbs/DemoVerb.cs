using System.CommandLine;
using Slipway.Cli.Hosting;
using Slipway.Cli.Loops;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway demo</c>: the closed loop on the sample data, explained as it goes.</summary>
internal static class DemoVerb
{
    private const string Sample = "samples/housing/loop.yaml";

    public static Command Create(CliContext cli)
    {
        var data = CommonOptions.Data();
        var port = CommonOptions.Port();
        var exit = LoopVerb.Exit();
        var json = LoopVerb.Json();
        var verb = new Verb("demo", "Shows the closed loop on real house prices, 2000 to 2015, and explains each step as it happens. Takes about a minute.")
        {
            Examples =
            [
                new("slipway demo", "watch it; the server and its page stay up afterwards"),
                new("slipway demo --exit --json result.json", "unattended, with the figures in a file"),
            ],
            Notes = "A demo that ran before in the same data folder is shown again, not repeated; a fresh one takes a new --data folder.",
        };
        foreach (var option in (Option[])[data, port, exit, json])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (FindSample(cli) is not { } sample)
            {
                return Problem.NotFound($"{Sample} (looked below SLIPWAY_HOME, the program and the current folder; start from a checkout of Slipway, or name your own file with `slipway loop`)");
            }

            var flags = new ServerFlags(parse.GetValue(data), null, parse.GetValue(port), null, null, null);
            if (!ServerSettingsReader.Read(flags, cli.Environment, cli.Directory).TryGet(out var settings, out var problem))
            {
                return cli.Usage(problem);
            }

            var result = parse.GetValue(json) is { } path ? cli.PathOf(path) : null;
            return await new LoopRun(cli, new LoopRunOptions(sample, null, settings, parse.GetValue(exit), result), new LoopGuide()).RunAsync(cancellation);
        });
    }

    private static string? FindSample(CliContext cli) =>
        new[] { cli.Environment("SLIPWAY_HOME"), AppContext.BaseDirectory, cli.Directory }.OfType<string>().Where(s => s.Length > 0)
            .SelectMany(SelfAndAbove).Select(folder => Path.Combine(folder, Sample)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> SelfAndAbove(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            yield return current.FullName;
        }
    }
}
