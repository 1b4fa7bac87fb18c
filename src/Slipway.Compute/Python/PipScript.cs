using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Compute.Python;

/// <summary>Reads the shell script that the SDK puts in front of a component: pip installs, perhaps in a virtual environment, and then the rest of the command line.</summary>
internal static partial class PipScript
{
    private const string Rest = """
        "$0" "$@"
        """;

    // Options of pip install that take the next word as their value.
    private static readonly string[] WithValue =
        ["--index-url", "-i", "--extra-index-url", "--trusted-host", "--find-links", "-f", "-r", "--requirement", "-c", "--constraint", "--target", "-t", "--proxy", "--cert", "--timeout"];

    // Everything else that such a script says: getting pip itself, and a virtual environment over the system's packages.
    private static readonly string[] Known =
    [
        "if ! [ -x \"$(command -v pip)\" ]; then", "python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip", "fi",
        "PIP_DISABLE_PIP_VERSION_CHECK=1", "export PIP_DISABLE_PIP_VERSION_CHECK=1", "tmp=$(mktemp -d)", "python3 -m venv \"$tmp/venv\" --system-site-packages", ". \"$tmp/venv/bin/activate\"",
    ];

    [GeneratedRegex(@"^(?:PIP_DISABLE_PIP_VERSION_CHECK=1\s+)?python3? -m pip install(?:\s+(?<words>.*))?\z", RegexOptions.Singleline)]
    private static partial Regex Install();

    // Upstream's own package from its repository.
    [GeneratedRegex(@"kubeflow/pipelines.*sdk/python|^kfp(-dsl|-pipeline-spec)?\s*([\[=<>~!;@ ].*)?\z", RegexOptions.Singleline)]
    private static partial Regex Satisfied();

    /// <summary>The packages that it wants beside kfp, or null when it is any other script.</summary>
    public static List<string>? Read(string script)
    {
        script = script.Trim();
        if (!script.EndsWith(Rest, StringComparison.Ordinal) || !script.Contains("-m pip install", StringComparison.Ordinal))
        {
            return null;
        }

        var wanted = new List<string>();
        foreach (var statement in Statements(script[..^Rest.Length]))
        {
            if (Install().Match(statement) is { Success: true } install)
            {
                var words = Words(install.Groups["words"].Value);
                // With --no-deps the words after kfp are its own: all of them come with the stand-in.
                wanted.AddRange(words.Any(IsKfp) && words.Contains("--no-deps") ? [] : Requirements(words));
            }
            else if (!Known.Contains(statement))
            {
                return null;
            }
        }

        return wanted;
    }

    private static bool IsKfp(string word) => Satisfied().IsMatch(word);

    private static IEnumerable<string> Requirements(List<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            if (WithValue.Contains(words[i]))
            {
                i++;
            }
            else if (!words[i].StartsWith('-') && !IsKfp(words[i]))
            {
                yield return words[i];
            }
        }
    }

    // Cut at line ends and "&&" outside of quotes; "||" stays, for the known line with it is known whole.
    private static IEnumerable<string> Statements(string script)
    {
        var statement = new StringBuilder();
        var quote = '\0';
        for (var i = 0; i < script.Length; i++)
        {
            var c = script[i];
            quote = quote == c ? '\0' : quote == '\0' && c is '\'' or '"' ? c : quote;
            var ends = quote == '\0' && (c == '\n' || (c == '&' && i + 1 < script.Length && script[i + 1] == '&'));
            if (!ends)
            {
                statement.Append(c);
                continue;
            }

            i += c == '&' ? 1 : 0;
            if (statement.ToString().Trim() is { Length: > 0 } whole)
            {
                yield return whole;
            }

            statement.Clear();
        }

        if (statement.ToString().Trim() is { Length: > 0 } last)
        {
            yield return last;
        }
    }

    // As the shell splits words; the SDK writes each requirement as Python's repr, in either quotes.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var quote = '\0';
        var open = false;
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                (quote, open) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                if (open || word.Length > 0)
                {
                    words.Add(word.ToString());
                }

                (word, open) = (word.Clear(), false);
            }
            else
            {
                word.Append(c);
            }
        }

        if (open || word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
