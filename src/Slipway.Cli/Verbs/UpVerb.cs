using System.CommandLine;
using Slipway.Cli.Hosting;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway up</c>: the server in the foreground.</summary>
internal static class UpVerb
{
    public static Command Create(CliContext cli)
    {
        var data = CommonOptions.Data();
        var port = CommonOptions.Port();
        var grpcPort = new Option<string?>("--grpc-port", "-g") { Description = "gRPC port (SLIPWAY_GRPC_PORT; default: the port after the HTTP port)", HelpName = "PORT" };
        var host = new Option<string?>("--host") { Description = "Address to listen on (SLIPWAY_HOST; default 127.0.0.1, this machine only)", HelpName = "ADDRESS" };
        var database = new Option<string?>("--db") { Description = "Metadata: sqlite:PATH or postgres://... (SLIPWAY_DB; default slipway.db in the data folder)", HelpName = "URL" };
        var objects = new Option<string?>("--objects") { Description = "Artifacts: a folder or s3://bucket/prefix?endpoint=... (SLIPWAY_OBJECTS; default objects/ in the data folder)", HelpName = "URL" };

        var verb = new Verb("up", "Starts the server in the foreground. It is ready when GET /readyz answers 200; Ctrl+C or SIGTERM drains and stops it.")
        {
            Examples =
            [
                new("slipway up", $"everything in ./{ServerSettingsReader.DefaultData}, on http://127.0.0.1:8080"),
                new("slipway up --data /srv/slipway --host 0.0.0.0 --port 9000", "another folder, open to the network"),
                new("slipway up --db postgres://slipway:secret@db:5432/slipway", "metadata in PostgreSQL, for several servers"),
            ],
        };
        foreach (var option in (Option[])[data, port, grpcPort, host, database, objects])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            var flags = new ServerFlags(
                parse.GetValue(data), parse.GetValue(host), parse.GetValue(port), parse.GetValue(grpcPort), parse.GetValue(database), parse.GetValue(objects));
            return ServerSettingsReader.Read(flags, cli.Environment, cli.Directory).TryGet(out var settings, out var problem)
                ? await cli.Host.RunServerAsync(settings, cancellation)
                : cli.Usage(problem);
        });
    }
}
