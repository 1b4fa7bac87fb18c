using System.Text.RegularExpressions;
using Slipway.Cli.Terminal;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.ShortForm;
using Slipway.PipelineLanguage.Text;

namespace Slipway.Cli.Pipelines;

/// <summary>A pipeline on this machine, with the files beside it that it names.</summary>
internal static partial class PipelineSourceFile
{
    /// <param name="cli">Where paths start.</param>
    /// <param name="name">As on the command line; - is standard input.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<Result<PipelineSource>> ReadAsync(CliContext cli, string name, CancellationToken cancellation)
    {
        try
        {
            if (name == "-")
            {
                using var input = cli.OpenInput();
                using var all = new MemoryStream();
                await input.CopyToAsync(all, cancellation);
                return PipelineText.Read(all.ToArray(), "-", Beside(cli.Directory));
            }

            var path = cli.PathOf(name);
            return PipelineText.Read(await File.ReadAllBytesAsync(path, cancellation), name, Beside(Path.GetDirectoryName(path)!));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.NotFound($"{name}: {fault.Message}");
        }
    }

    /// <summary>Prints every fault in a line of its own and answers the exit code.</summary>
    public static int Refuse(CliContext cli, Problem problem)
    {
        if (problem.Faults.Count == 0)
        {
            return cli.Fail(problem);
        }

        foreach (var fault in problem.Faults)
        {
            cli.Fail(Problem.Invalid($"{fault.Path}: {fault.Message}"));
        }

        return ExitCodes.Failed;
    }

    /// <summary>What kept a file from being read, as findings.</summary>
    public static IEnumerable<Finding> FindingsOf(Problem problem, string name) =>
        problem.Faults.Count == 0
            ? [Of("", problem.Message, name)]
            : problem.Faults.Select(f => Of(f.Path, f.Message, name));

    private static Finding Of(string path, string message, string name)
    {
        var text = path.Length > 0 ? path : message;
        if (Place().Match(text) is not { Success: true } place)
        {
            return new Finding(true, path, message) { File = name };
        }

        var rest = text[place.Length..];
        return new Finding(true, path.Length > 0 ? rest : "", path.Length > 0 ? message : rest)
        {
            File = place.Groups["file"].Value,
            Line = int.Parse(place.Groups["line"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture),
            Column = place.Groups["column"].Success ? int.Parse(place.Groups["column"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 1,
        };
    }

    /// <summary>Reads the files that a pipeline names, from the folder that it is in.</summary>
    public static FileReader Beside(string folder) => path =>
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, path));
            return file.Length > TextLimits.Bytes ? new Problem(ProblemCode.TooLarge, $"{path} is too large for a part of a pipeline") : File.ReadAllText(file.FullName);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Problem.NotFound($"{path}: {fault.Message}");
        }
    };

    [GeneratedRegex(@"^(?<file>[^\n]*?):(?<line>\d{1,8})(:(?<column>\d{1,8}))?: ", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
