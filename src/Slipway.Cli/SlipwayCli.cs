using System.CommandLine;
using System.CommandLine.Help;
using Slipway.Cli.Hosting;
using Slipway.Cli.Terminal;
using Slipway.Cli.Verbs;
using Slipway.Kernel.Problems;

namespace Slipway.Cli;

/// <summary>The command line. Answers 0 for success, 1 for failure, 2 for a command line that makes no sense, 130 when interrupted.</summary>
public static class SlipwayCli
{
    /// <param name="args">Without the program's name.</param>
    /// <param name="host">The server and the local tools.</param>
    /// <param name="cancellation">Ends the verb.</param>
    public static Task<int> RunAsync(string[] args, ICliHost host, CancellationToken cancellation) => RunAsync(args, new CliContext
    {
        Host = host,
        Out = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        Environment = Environment.GetEnvironmentVariable,
        Time = TimeProvider.System,
        Directory = Environment.CurrentDirectory,
        IsTerminal = !Console.IsOutputRedirected,
    }, cancellation);

    internal static async Task<int> RunAsync(string[] args, CliContext cli, CancellationToken cancellation)
    {
        var parse = Root(args, cli).Parse(args.Length == 0 ? ["--help"] : args);
        // Whoever asks for help is not told what is missing.
        if (parse.Errors.Count > 0 && parse.Action is not ExamplesHelp)
        {
            foreach (var line in UsageErrors.Of(parse))
            {
                await cli.Error.WriteLineAsync($"error: {line}");
            }

            await cli.Error.WriteLineAsync($"See: {UsageErrors.Name(parse.CommandResult.Command)} --help");
            return ExitCodes.Usage;
        }

        try
        {
            // The verbs that must end in order listen for signals themselves; the others may simply be killed.
            return await parse.InvokeAsync(
                new InvocationConfiguration { Output = cli.Out, Error = cli.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellation);
        }
        catch (ProblemException fault)
        {
            return cli.Fail(fault.Problem);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception fault) when (cli.Environment("SLIPWAY_DEBUG") is not { Length: > 0 })
        {
            return cli.Fail(new Problem(ProblemCode.Internal, $"{fault.GetType().Name}: {fault.Message} (a fault of Slipway itself; SLIPWAY_DEBUG=1 shows where)"));
        }
    }

    private static RootCommand Root(string[] args, CliContext cli)
    {
        var root = new RootCommand("Slipway: train, serve, watch and retrain models in one process, with the APIs that you already use.");
        var asked = VerbTable.All.Where(v => args.Length > 0 && v.Name == args[0]).ToArray();
        foreach (var (_, create) in asked.Length > 0 ? asked : VerbTable.All)
        {
            root.Subcommands.Add(create(cli));
        }

        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption { Action: HelpAction usual }:
                    option.Action = new ExamplesHelp(usual);

                    // Nobody types these here, and shells would offer them at every completion.
                    option.Aliases.Remove("/?");
                    option.Aliases.Remove("/h");
                    break;
                case VersionOption:
                    option.Action = new PrintVersion(cli);
                    break;
            }
        }

        return root;
    }
}
