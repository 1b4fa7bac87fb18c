using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary>How a verb's result becomes output and an exit code, in one place.</summary>
internal static class VerbRunning
{
    /// <summary>Sets the verb's action: its exit code, or a problem that is printed in one line and ends with 1.</summary>
    public static Verb Runs(this Verb verb, CliContext cli, Func<ParseResult, CancellationToken, Task<Result<int>>> action)
    {
        verb.SetAction(async (parse, cancellation) =>
        {
            var result = await action(parse, cancellation);
            return result.TryGet(out var exitCode, out var problem) ? exitCode : cli.Fail(problem);
        });
        return verb;
    }

    /// <summary>Prints a JSON value in the asked form; the table form is up to the verb.</summary>
    public static int Print(this CliContext cli, JsonNode value, OutputFormat format, Func<string> table)
    {
        cli.Out.Write(format switch
        {
            OutputFormat.Json => JsonText.Of(value) + "\n",
            OutputFormat.Yaml => YamlText.Of(value),
            _ => table(),
        });
        return ExitCodes.Ok;
    }
}
