using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Slipway.Architecture.Tests;

/// <summary>A project under src/, its layer as its project file says, and its built assembly.</summary>
internal sealed record SourceProject(string Name, string File, int? Layer)
{
    public bool IsModule => Layer == 3;

    public AssemblyDefinition Assembly => House.Load(AssemblyName);

    private string AssemblyName =>
        Regex.Match(System.IO.File.ReadAllText(File), "<AssemblyName>(.+?)</AssemblyName>") is { Success: true } named ? named.Groups[1].Value : Name;
}

/// <summary>The repository as it is on disk and as it was built; nothing about it is typed here.</summary>
internal static class House
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceProject> Projects { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Where(IsOurs).Order(StringComparer.Ordinal).Select(file => new SourceProject(
            Path.GetFileNameWithoutExtension(file),
            file,
            Regex.Match(File.ReadAllText(file), @"<SlipwayLayer>(\d+)</SlipwayLayer>") is { Success: true } layer ? int.Parse(layer.Groups[1].Value) : null)),
    ];

    public static IEnumerable<SourceProject> Modules => Projects.Where(p => p.IsModule);

    public static AssemblyDefinition Planted => Load("Slipway.Architecture.Planted");

    public static AssemblyDefinition Load(string name)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(AppContext.BaseDirectory);
        foreach (var shared in new[] { typeof(object), typeof(Microsoft.AspNetCore.Http.HttpContext) })
        {
            resolver.AddSearchDirectory(Path.GetDirectoryName(shared.Assembly.Location));
        }

        return AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll"), new ReaderParameters { AssemblyResolver = resolver });
    }

    /// <summary>Files under the given folders with these endings, without build outputs and packages.</summary>
    public static IEnumerable<string> Files(IEnumerable<string> folders, params string[] endings) =>
        folders.Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => IsOurs(file) && endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    public static string Relative(string file) => Path.GetRelativePath(Root, file);

    private static bool IsOurs(string file)
    {
        var path = Relative(file).Split(Path.DirectorySeparatorChar);
        return !path.Any(part => part is "bin" or "obj" or "node_modules" or ".slipway");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("No repository above the tests");
        }

        return folder.FullName;
    }
}
