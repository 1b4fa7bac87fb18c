using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Slipway.Cli.Terminal;

/// <summary>What is wrong with a command line, in words that name the thing and what was likely meant.</summary>
internal static partial class UsageErrors
{
    /// <summary>Changes that still count as a slip of the finger.</summary>
    private const int MostChanges = 2;

    /// <summary>One line per fault, each once.</summary>
    public static IReadOnlyList<string> Of(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var missing = MissingArguments(parse);
        if (parse.UnmatchedTokens is [var first, ..] && command.Subcommands.Count > 0 && !first.StartsWith('-'))
        {
            // The first word is wrong; whatever follows it could not be understood because of that.
            return [$"'{first}' is none of {Name(command)}'s commands{Meant(first, command.Subcommands.Select(c => c.Name))}"];
        }

        if (command.Subcommands.Count > 0 && parse.UnmatchedTokens.Count == 0)
        {
            return [$"{Name(command)} needs a command: {string.Join(", ", command.Subcommands.Select(c => c.Name))}"];
        }

        var lines = parse.Errors.Where(e => e.SymbolResult is not ArgumentResult result || !missing.Contains(result.Argument.Name)).Select(e => Line(e, parse));
        return [.. (missing.Count == 0 ? lines : lines.Prepend($"{Name(command)} needs {string.Join(", ", missing)}")).Distinct()];
    }

    /// <summary>From the program's name on.</summary>
    public static string Name(Command command) =>
        command is RootCommand || command.Parents.OfType<Command>().FirstOrDefault() is not { } parent ? "slipway" : $"{Name(parent)} {command.Name}";

    private static string Line(ParseError error, ParseResult parse)
    {
        var text = error.Message.ReplaceLineEndings(" ");
        if (OfAnotherType().Match(text) is { Success: true, Groups: var parts })
        {
            return $"{parts["option"].Value} {parts["given"].Value}: is no {(parts["type"].Value.Contains("Int", StringComparison.Ordinal) ? "whole number" : "number")}";
        }

        var options = parse.CommandResult.Command.Options.SelectMany(o => o.Aliases.Append(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal));
        return parse.UnmatchedTokens.FirstOrDefault(t => t.StartsWith("--", StringComparison.Ordinal) && text.Contains($"'{t}'", StringComparison.Ordinal)) is { } option
            ? $"'{option}' is no option of {Name(parse.CommandResult.Command)}{Meant(option, options)}"
            : text;
    }

    private static List<string> MissingArguments(ParseResult parse) =>
        [.. parse.CommandResult.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && parse.GetResult(a) is null or { Tokens.Count: 0 }).Select(a => a.Name)];

    private static string Meant(string typed, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (Name: name, Changes: Changes(typed, name))).Where(n => n.Changes <= MostChanges && n.Changes < n.Name.Length / 2)
            .OrderBy(n => n.Changes).FirstOrDefault();
        return nearest.Name is null ? "" : $"; did you mean {nearest.Name}?";
    }

    [GeneratedRegex("^Cannot parse argument '(?<given>.*)' for option '(?<option>.*)' as expected type '(?<type>.*(Int|Double|Single|Decimal).*)'", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex OfAnotherType();

    /// <summary>Letters to add, drop, replace or swap with their neighbour.</summary>
    private static int Changes(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                table[i, j] = i == 0 || j == 0 ? i + j
                    : Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }

        return table[from.Length, to.Length];
    }
}
