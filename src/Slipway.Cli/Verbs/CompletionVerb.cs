using System.CommandLine;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway completion</c>: scripts that make the shell ask the program itself (<c>slipway '[suggest:POSITION]' LINE</c>).</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _slipway() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(slipway "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _slipway slipway ./slipway

        """;

    private const string Zsh = """
        #compdef slipway
        _slipway() {
          local -a found
          found=("${(@f)$(slipway "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -a found || _files
        }
        compdef _slipway slipway

        """;

    private const string Fish = """
        complete -c slipway -f -a '(set -l line (commandline -cp); slipway "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null)'

        """;

    public static Command Create(CliContext cli)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var verb = new Verb("completion", "Prints a script with which a shell completes slipway's verbs and options.")
        {
            Examples =
            [
                new("source <(slipway completion bash)", "for this bash"),
                new("slipway completion fish > ~/.config/fish/completions/slipway.fish", "for every fish"),
            ],
        };
        verb.Arguments.Add(shell);
        return verb.Runs(cli, async (parse, _) =>
        {
            await cli.Out.WriteAsync(parse.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Ok;
        });
    }
}
