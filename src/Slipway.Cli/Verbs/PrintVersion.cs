using System.CommandLine;
using System.CommandLine.Invocation;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway --version</c>: this program's version in one line.</summary>
internal sealed class PrintVersion(CliContext cli) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        cli.Out.WriteLine(VersionVerb.OfProgram);
        return ExitCodes.Ok;
    }
}
