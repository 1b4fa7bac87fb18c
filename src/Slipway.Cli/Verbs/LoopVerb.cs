using System.CommandLine;
using Slipway.Cli.Hosting;
using Slipway.Cli.Loops;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway loop</c>: the closed loop over a file.</summary>
internal static class LoopVerb
{
    public static Command Create(CliContext cli)
    {
        var file = new Argument<string>("LOOP.yaml") { Description = "What to learn from which file, and how the replay advances" };
        var server = new Option<string?>("--server", "-s") { Description = "A server that runs already (SLIPWAY_SERVER); without one, a server is started here", HelpName = "URL" };
        var data = CommonOptions.Data();
        var port = CommonOptions.Port();
        var exit = Exit();
        var json = Json();
        var verb = new Verb("loop", "Runs the closed loop over any time-ordered CSV or Parquet file: train, serve, watch, retrain, roll out.")
        {
            Examples =
            [
                new("slipway loop samples/housing/loop.yaml", "with a server of its own, which stays up afterwards"),
                new("slipway loop my-loop.yaml --exit --json result.json", "unattended; exit code 0 when finished and no request failed"),
                new("slipway loop my-loop.yaml --server http://127.0.0.1:8080", "on a server that runs already"),
            ],
        };
        verb.Arguments.Add(file);
        foreach (var option in (Option[])[server, data, port, exit, json])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            Uri? running = null;
            if ((parse.GetValue(server) ?? cli.Environment("SLIPWAY_SERVER")) is { Length: > 0 } address && !cli.ServerOf(address).TryGet(out running, out var wrong))
            {
                return cli.Usage(wrong);
            }

            var flags = new ServerFlags(parse.GetValue(data), null, parse.GetValue(port), null, null, null);
            if (!ServerSettingsReader.Read(flags, cli.Environment, cli.Directory).TryGet(out var settings, out var problem))
            {
                return cli.Usage(problem);
            }

            var result = parse.GetValue(json) is { } path ? cli.PathOf(path) : null;
            var options = new LoopRunOptions(cli.PathOf(parse.GetRequiredValue(file)), running, settings, parse.GetValue(exit), result);
            return await new LoopRun(cli, options, guide: null).RunAsync(cancellation);
        });
    }

    public static Option<bool> Exit() => new("--exit") { Description = "End when the loop is over, instead of leaving the server up" };

    public static Option<string?> Json() => new("--json") { Description = "Write the result here as JSON", HelpName = "FILE" };
}
