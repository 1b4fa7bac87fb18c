using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <param name="Line">What to type.</param>
/// <param name="Meaning">What it does.</param>
internal sealed record Example(string Line, string Meaning);

/// <summary>A command with examples, which <c>--help</c> shows.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>More to say than one sentence, such as environment variables.</summary>
    public string Notes { get; init; } = "";
}
