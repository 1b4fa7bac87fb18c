using Microsoft.Extensions.Configuration;
using Slipway.Kernel.Problems;

namespace Slipway.Registry;

/// <summary>Settings below <c>Registry</c>, for instance <c>Registry:Webhooks:AllowPrivateAddresses=false</c>.</summary>
internal sealed record RegistryOptions
{
    /// <summary>
    /// Whether webhooks may go to this machine and to private networks. True, since embedded servers and their receivers live there; set it to false where people
    /// who may make webhooks must not reach what the server can reach.
    /// </summary>
    public bool AllowPrivateAddresses { get; init; } = true;

    /// <summary>Schemes that a webhook's URL may have: <c>http</c>, <c>https</c> or both.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = ["https", "http"];

    /// <summary>How long a receiver may take to answer. 1 to 300 seconds; 30.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a delivery that was answered with 429 or 5xx is tried again. 0 to 20; 3 as MLflow.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>How long a receiver that does not answer at all is tried. 0 to 720 hours; 24.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromHours(24);

    /// <exception cref="ProblemException">A setting is out of its range; all faults at once.</exception>
    public static RegistryOptions From(IConfiguration configuration)
    {
        var hooks = configuration.GetSection("Registry:Webhooks");
        var options = new RegistryOptions();
        var faults = new List<Fault>();
        options = options with
        {
            AllowPrivateAddresses = Flag(hooks, "AllowPrivateAddresses", options.AllowPrivateAddresses, faults),
            Schemes = hooks["Schemes"]?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? options.Schemes,
            Timeout = TimeSpan.FromSeconds(Number(hooks, "TimeoutSeconds", 1, 300, 30, faults)),
            Retries = Number(hooks, "Retries", 0, 20, options.Retries, faults),
            Patience = TimeSpan.FromHours(Number(hooks, "PatienceHours", 0, 720, 24, faults)),
        };
        if (options.Schemes.Count == 0 || options.Schemes.Except(["http", "https"], StringComparer.Ordinal).Any())
        {
            faults.Add(new Fault("Registry:Webhooks:Schemes", "must be http, https or both, with a comma between"));
        }

        return faults.Count == 0 ? options : throw new ProblemException(Problem.Invalid(faults));
    }

    private static int Number(IConfigurationSection section, string name, int least, int most, int absent, List<Fault> faults)
    {
        if (section[name] is not { } text)
        {
            return absent;
        }

        if (int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add(new Fault($"{section.Path}:{name}", $"'{text}' is not a number from {least} to {most}"));
        return absent;
    }

    private static bool Flag(IConfigurationSection section, string name, bool absent, List<Fault> faults)
    {
        if (section[name] is not { } text)
        {
            return absent;
        }

        if (bool.TryParse(text, out var flag))
        {
            return flag;
        }

        faults.Add(new Fault($"{section.Path}:{name}", $"'{text}' is neither true nor false"));
        return absent;
    }
}
