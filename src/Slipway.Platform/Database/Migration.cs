using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Platform.Database;

/// <summary>Where a module's migrations are: every <c>Migrations/NNNN_name.sql</c> embedded in <paramref name="Assembly"/>.</summary>
public sealed record ModuleMigrations(string Module, Assembly Assembly)
{
    /// <summary>The floor's own tables: events, leases, resources.</summary>
    public static ModuleMigrations Platform { get; } = new("platform", typeof(ModuleMigrations).Assembly);
}

/// <param name="Checksum">SHA-256 of the text, so that an applied migration that was edited afterwards is found.</param>
internal sealed partial record Migration(string Module, long Number, string Name, string Sql, string Checksum)
{
    public override string ToString() => $"{Module}/{Number:0000}_{Name}";

    /// <summary>In the order of their numbers.</summary>
    public static IReadOnlyList<Migration> In(ModuleMigrations module)
    {
        var found = new List<Migration>();
        foreach (var resource in module.Assembly.GetManifestResourceNames())
        {
            if (FileName().Match(resource) is { Success: true } match)
            {
                var sql = Read(module.Assembly, resource);
                var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
                found.Add(new Migration(module.Module, long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, sql, checksum));
            }
        }

        var twice = found.GroupBy(m => m.Number).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? [.. found.OrderBy(m => m.Number)]
            : throw new InvalidOperationException($"Two migrations of {module.Module} have the number {twice.Key}: {string.Join(", ", twice)}.");
    }

    // A checkout may have changed the line ends; that is no change of the migration.
    private static string Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\.Migrations\.(\d{4})_([a-z0-9_]+)\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}
