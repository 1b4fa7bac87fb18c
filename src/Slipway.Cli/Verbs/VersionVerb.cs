using System.CommandLine;
using System.Reflection;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Client;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway version</c>: of this program and of the server.</summary>
internal static class VersionVerb
{
    /// <summary><c>0.1.0+commit</c>.</summary>
    public static string OfProgram { get; } = typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static Command Create(CliContext cli)
    {
        var server = CommonOptions.Server();
        var clientOnly = new Option<bool>("--client") { Description = "Do not ask the server" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var verb = new Verb("version", "Prints the version of this program, and of the server when one answers.")
        {
            Examples = [new("slipway version", "both"), new("slipway version --client --output json", "only this program, for a script")],
        };
        foreach (var option in (Option[])[clientOnly, server, output])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            string? answer = null;
            if (!parse.GetValue(clientOnly))
            {
                // Nobody asks for a version to wait for a server.
                var options = new SlipwayClientOptions { RetryFor = TimeSpan.Zero, Timeout = TimeSpan.FromSeconds(2) };
                if (!cli.Connect(parse.GetValue(server), options).TryGet(out var client, out var problem))
                {
                    return cli.Usage(problem);
                }

                using (client)
                {
                    answer = (await client.Info.GetVersionAsync(cancellation)).TryGet(out var body, out _) ? body["gitVersion"]?.ToString() : null;
                }
            }

            return cli.Print(
                new JsonObject { ["client"] = OfProgram, ["server"] = answer },
                parse.GetValue(output),
                () => $"slipway {OfProgram}\n" + (parse.GetValue(clientOnly) ? "" : $"server  {answer ?? "(none answers)"}\n"));
        });
    }
}
