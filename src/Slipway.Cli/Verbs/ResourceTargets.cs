using System.CommandLine;
using Slipway.Cli.Manifests;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Client.Resources;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Verbs;

/// <summary>One resource that a verb acts on.</summary>
internal sealed record Target(ResourceType Type, string? Namespace, string Name)
{
    /// <summary><c>monitor.slipway.dev/housing</c>.</summary>
    public string Display => $"{Type.SingularName}/{Name}";
}

/// <summary>A manifest with its kind looked up on the server.</summary>
internal sealed record ManifestTarget(Manifest Manifest, Target Target);

/// <summary>Turns <c>KIND NAME...</c>, <c>KIND/NAME...</c> and manifests into targets.</summary>
internal static class ResourceTargets
{
    public static Argument<string[]> Argument(string description) => new("KIND") { Description = description, Arity = ArgumentArity.ZeroOrMore, HelpName = "KIND NAME... | KIND/NAME..." };

    public static async Task<Result<IReadOnlyList<Target>>> FromArgumentsAsync(SlipwayClient client, IReadOnlyList<string> arguments, string ns, CancellationToken cancellation)
    {
        var pairs = new List<(string Kind, string Name)>();
        if (arguments.All(a => a.Contains('/')))
        {
            pairs.AddRange(arguments.Select(a => (a[..a.IndexOf('/')], a[(a.IndexOf('/') + 1)..])));
        }
        else
        {
            pairs.AddRange(arguments.Skip(1).Select(name => (arguments[0], name)));
        }

        var targets = new List<Target>();
        foreach (var (kind, name) in pairs)
        {
            if (!(await client.Kinds.FindAsync(kind, cancellation)).TryGet(out var type, out var problem))
            {
                return problem;
            }

            targets.Add(new Target(type, type.Namespaced ? ns : null, name));
        }

        return targets;
    }

    /// <summary>Reads the files and looks every kind up before anything is changed, so that a typo in the last document stops all of it.</summary>
    public static async Task<Result<IReadOnlyList<ManifestTarget>>> FromFilesAsync(
        CliContext cli, SlipwayClient client, IReadOnlyList<string> files, bool recursive, string ns, CancellationToken cancellation)
    {
        var read = await ManifestReader.ReadAsync(files, recursive, cli.PathOf, cli.OpenInput, cancellation);
        if (!read.TryGet(out var manifests, out var problem))
        {
            return problem;
        }

        var targets = new List<ManifestTarget>();
        foreach (var manifest in manifests)
        {
            if (!(await client.Kinds.FindAsync(manifest.ApiVersion, manifest.Kind, cancellation)).TryGet(out var type, out problem))
            {
                return problem with { Message = $"{manifest.Origin}: {problem.Message}" };
            }

            targets.Add(new ManifestTarget(manifest, new Target(type, type.Namespaced ? manifest.Namespace ?? ns : null, manifest.Name)));
        }

        return targets;
    }
}
