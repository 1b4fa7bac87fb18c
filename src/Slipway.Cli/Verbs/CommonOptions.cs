using System.CommandLine;
using System.CommandLine.Parsing;
using Slipway.Cli.Hosting;
using Slipway.Cli.Output;

namespace Slipway.Cli.Verbs;

/// <summary>Options that several verbs share. Each verb gets its own instances.</summary>
internal static class CommonOptions
{
    public static Option<string?> Server() => new("--server", "-s")
    {
        Description = "Address of the server (SLIPWAY_SERVER; default http://127.0.0.1:8080)",
        HelpName = "URL",
    };

    public static Option<string> Namespace() => new("--namespace", "-n")
    {
        Description = "Namespace",
        HelpName = "NAME",
        DefaultValueFactory = _ => "default",
    };

    public static Option<string?> Data() => new("--data", "-d")
    {
        Description = $"Folder that keeps everything (SLIPWAY_DATA; default ./{ServerSettingsReader.DefaultData})",
        HelpName = "DIR",
    };

    public static Option<string?> Port() => new("--port", "-p")
    {
        Description = $"HTTP port, 0 for any free one (SLIPWAY_PORT; default {ServerSettingsReader.DefaultPort})",
        HelpName = "PORT",
    };

    public static Option<string[]> Files() => new("--filename", "-f")
    {
        Description = "YAML or JSON file, folder, or - for standard input; may be given several times",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = false,
    };

    public static Option<bool> Recursive() => new("--recursive", "-R") { Description = "Read folders with all folders below them" };

    /// <summary>Refuses what is none of the values, and offers them to the shell.</summary>
    public static void OneOf(this Option<string> option, params string[] values)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && !values.Contains(given.Value))
            {
                result.AddError($"{option.Name} {given.Value}: use one of {string.Join(", ", values)}");
            }
        });
        option.CompletionSources.Add(values);
    }

    /// <summary>The first of the given formats is the default.</summary>
    public static Option<OutputFormat> Output(params OutputFormat[] formats)
    {
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = $"How to print: {string.Join(", ", formats).ToLowerInvariant()}",
            HelpName = string.Join('|', formats).ToLowerInvariant(),
            DefaultValueFactory = _ => formats[0],
            CustomParser = result => Format(result, formats),
        };
        option.CompletionSources.Add([.. formats.Select(f => f.ToString().ToLowerInvariant())]);
        return option;
    }

    private static OutputFormat Format(ArgumentResult result, OutputFormat[] formats)
    {
        var text = result.Tokens[0].Value;
        foreach (var format in formats)
        {
            if (string.Equals(format.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return format;
            }
        }

        result.AddError($"--output {text}: use one of {string.Join(", ", formats).ToLowerInvariant()}");
        return default;
    }
}
