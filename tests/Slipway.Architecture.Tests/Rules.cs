using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Slipway.Architecture.Tests;

/// <summary>The rules that are read from built assemblies. Each answers the violations it sees, in words that name the type and the cure.</summary>
internal static partial class Rules
{
    private static readonly string[] ImpureNamespaces = ["System.IO", "System.Net", "System.Data", "System.Diagnostics.Process", "Microsoft.AspNetCore", "Dapper", "Npgsql", "Microsoft.Data.Sqlite"];
    private static readonly string[] ImpureTypes =
    [
        "System.TimeProvider", "System.Console", "System.Threading.Tasks.Task", "System.Threading.Tasks.Task`1",
        "System.Threading.Tasks.ValueTask", "System.Threading.Tasks.ValueTask`1", "System.Net.Http.HttpClient",
    ];

    private static readonly string[] ImpureMembers =
    [
        "System.DateTime::get_Now", "System.DateTime::get_UtcNow", "System.DateTimeOffset::get_Now", "System.DateTimeOffset::get_UtcNow",
        "System.Random::get_Shared", "System.Guid::NewGuid", "System.Guid::CreateVersion7", "System.Diagnostics.Stopwatch::GetTimestamp",
    ];

    private static readonly string[] Drivers = ["Dapper", "Npgsql", "Microsoft.Data.Sqlite", "SQLitePCL"];

    /// <summary>R2: a module shows one public type, its IModule.</summary>
    public static IEnumerable<string> OnePublicType(AssemblyDefinition assembly)
    {
        var shown = References.Written(assembly).Where(t => t.IsPublic).ToArray();
        var modules = shown.Where(t => t.Interfaces.Any(i => i.InterfaceType.FullName == "Slipway.Platform.Modules.IModule")).ToArray();
        if (modules.Length != 1)
        {
            yield return $"{assembly.Name.Name} has {modules.Length} public types that are an IModule; it must have exactly one";
        }

        foreach (var type in shown.Except(modules))
        {
            yield return $"{type.FullName} is public; make it internal, or say it out loud in Slipway.Contracts";
        }
    }

    /// <summary>R3: what is in Domain/ computes and nothing else.</summary>
    public static IEnumerable<string> PureDomain(AssemblyDefinition assembly) =>
        References.Written(assembly).Where(t => Folders(t.Namespace).Contains("Domain")).SelectMany(type =>
            References.Types(type).Select(References.Outermost).Where(IsImpure).Select(r => r.FullName)
                .Concat(References.Calls(type).Select(m => $"{m.DeclaringType.FullName}::{m.Name}").Where(IsImpureMember))
                .Distinct().Select(what => $"{type.FullName} uses {what}; Domain/ is pure: hand the value in, or move this out of Domain/"));

    /// <summary>R4: the folders below a root namespace refer to one another in one direction.</summary>
    public static IEnumerable<string> NoCycles(AssemblyDefinition assembly, string root)
    {
        var graph = new Dictionary<string, HashSet<string>>();
        foreach (var type in References.Written(assembly).Where(t => FolderOf(t, root) is not null))
        {
            var from = FolderOf(type, root)!;
            var targets = References.Types(type).Select(References.Outermost).Where(r => r.Scope == assembly.MainModule || r is TypeDefinition)
                .Select(r => FolderOf(r, root)).OfType<string>().Where(to => to != from);
            (graph.TryGetValue(from, out var edges) ? edges : graph[from] = []).UnionWith(targets);
        }

        var ring = Ring(graph);
        return ring.Count == 0 ? [] : [$"{assembly.Name.Name}: the folders {string.Join(" -> ", ring)} refer to one another in a ring; move what they share to a folder of its own"];
    }

    /// <summary>R5: database drivers and SQL only in stores.</summary>
    public static IEnumerable<string> SqlOnlyInStores(AssemblyDefinition assembly) =>
        References.Written(assembly).Where(t => !t.Name.EndsWith("Store", StringComparison.Ordinal)).SelectMany(type =>
            References.Types(type).Select(r => r.Namespace.Length == 0 ? References.Outermost(r).Namespace : r.Namespace)
                .Where(ns => Drivers.Any(d => ns == d || ns.StartsWith(d + ".", StringComparison.Ordinal))).Select(ns => $"the database driver {ns}")
                .Concat(References.Literals(type).Where(text => Sql().IsMatch(text)).Select(text => $"SQL (\"{text.Trim()[..Math.Min(40, text.Trim().Length)].ReplaceLineEndings(" ")}...\")"))
                .Distinct().Select(what => $"{type.FullName} uses {what}; only types named ...Store do"));

    // Statements are written in capitals, so prose that starts with "Select" is not taken for one.
    [GeneratedRegex(@"^\s*(SELECT\s.*\sFROM\s|INSERT\s+INTO\s|UPDATE\s.+\sSET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX)\s|WITH\s.+\sAS\s*\()", RegexOptions.Singleline)]
    private static partial Regex Sql();

    private static string[] Folders(string ns) => ns.Split('.');

    // Every iterator that the compiler writes asks for the current thread.
    private static bool IsImpureMember(string member) =>
        ImpureMembers.Contains(member) || (member.StartsWith("System.Environment::", StringComparison.Ordinal) && member != "System.Environment::get_CurrentManagedThreadId");

    private static bool IsImpure(TypeReference type) =>
        (ImpureTypes.Contains(type.FullName) || ImpureNamespaces.Any(ns => type.Namespace == ns || type.Namespace.StartsWith(ns + ".", StringComparison.Ordinal)))
        // Throwing InvalidDataException reads nothing.
        && !type.Name.EndsWith("Exception", StringComparison.Ordinal);

    // Null for what is not in a folder: the module's own type names all of its folders, and its options and metrics are named by all.
    private static string? FolderOf(TypeReference type, string root) =>
        type.Namespace.StartsWith(root + ".", StringComparison.Ordinal) ? type.Namespace[(root.Length + 1)..].Split('.')[0] : null;

    private static List<string> Ring(Dictionary<string, HashSet<string>> graph)
    {
        var done = new HashSet<string>();
        foreach (var start in graph.Keys.Order(StringComparer.Ordinal))
        {
            if (Walk(start, []) is { } ring)
            {
                return ring;
            }
        }

        return [];

        List<string>? Walk(string node, List<string> path)
        {
            var at = path.IndexOf(node);
            if (at >= 0)
            {
                return [.. path[at..], node];
            }

            if (done.Contains(node))
            {
                return null;
            }

            path.Add(node);
            foreach (var next in graph.GetValueOrDefault(node, []).Order(StringComparer.Ordinal))
            {
                if (Walk(next, path) is { } ring)
                {
                    return ring;
                }
            }

            path.RemoveAt(path.Count - 1);
            done.Add(node);
            return null;
        }
    }
}
