using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Slipway.Cli.Output;

namespace Slipway.Cli.Verbs;

/// <summary>The usual help, followed by what to type.</summary>
internal sealed class ExamplesHelp(HelpAction usual) : SynchronousCommandLineAction
{
    // For the root, whose own examples lead to the verbs.
    private static readonly Example[] First =
    [
        new("slipway demo", "see the closed loop at work; takes about a minute"),
        new("slipway up", "start a server in this folder"),
        new("slipway get loops", "ask it something"),
        new("slipway loop --help", "more about a verb, with examples"),
    ];

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        var exitCode = usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;

        // Defaults are printed as the enumeration calls them, but typed in lower case.
        output.Write(Enum.GetNames<OutputFormat>().Aggregate(text.ToString(), (all, name) => all.Replace($"[default: {name}]", $"[default: {name.ToLowerInvariant()}]", StringComparison.Ordinal)));
        var verb = parseResult.CommandResult.Command as Verb;
        var examples = verb is null ? First : verb.Examples;
        if (examples.Count > 0)
        {
            var width = examples.Max(e => e.Line.Length);
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine(width > 60 ? $"  {example.Line}\n      {example.Meaning}" : $"  {example.Line.PadRight(width)}  {example.Meaning}");
            }

            output.WriteLine();
        }

        if (verb is { Notes.Length: > 0 })
        {
            output.WriteLine(verb.Notes);
            output.WriteLine();
        }

        return exitCode;
    }
}
