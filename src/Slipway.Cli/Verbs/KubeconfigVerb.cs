using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Json;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway kubeconfig</c>: lets kubectl and every SDK built on it talk to the server.</summary>
internal static class KubeconfigVerb
{
    public static Command Create(CliContext cli)
    {
        var server = CommonOptions.Server();
        var ns = CommonOptions.Namespace();
        var output = new Option<string?>("--out") { Description = "Write it to this file, readable for you alone, instead of printing it", HelpName = "FILE" };
        var verb = new Verb("kubeconfig", "Prints a kubeconfig for this server, for kubectl and the Kubernetes client libraries.")
        {
            Examples =
            [
                new("slipway kubeconfig --out slipway.kubeconfig", "then: kubectl --kubeconfig slipway.kubeconfig get loops"),
                new("slipway kubeconfig --server http://ml.example:8080 -n team-a", "for another server and namespace"),
            ],
        };
        foreach (var option in (Option[])[server, ns, output])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.ServerOf(parse.GetValue(server)).TryGet(out var address, out var problem))
            {
                return cli.Usage(problem);
            }

            var text = YamlText.Of(Build(address, parse.GetRequiredValue(ns), cli.Environment("SLIPWAY_TOKEN")));
            if (parse.GetValue(output) is not { } file)
            {
                await cli.Out.WriteAsync(text);
                return ExitCodes.Ok;
            }

            var written = await AtomicFile.WriteAsync(cli.PathOf(file), text, UnixFileMode.UserRead | UnixFileMode.UserWrite, cancellation);
            return written.Select(_ => ExitCodes.Ok);
        });
    }

    private static JsonObject Build(Uri server, string ns, string? token) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["clusters"] = new JsonArray(Named("cluster", new JsonObject { ["server"] = server.GetLeftPart(UriPartial.Path).TrimEnd('/') })),
        ["users"] = new JsonArray(Named("user", string.IsNullOrEmpty(token) ? [] : new JsonObject { ["token"] = token })),
        ["contexts"] = new JsonArray(Named("context", new JsonObject { ["cluster"] = "slipway", ["user"] = "slipway", ["namespace"] = ns })),
        ["current-context"] = "slipway",
    };

    private static JsonObject Named(string member, JsonObject content) => new() { ["name"] = "slipway", [member] = content };
}
