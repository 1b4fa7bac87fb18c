using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Loading;

/// <summary>
/// Finds and loads the native engines. Looked for, in this order: the folder in the environment variable <c>SLIPWAY_NATIVE</c>,
/// the folder <c>native/</c> beside the program, and <c>src/Slipway.Engines/native/node_modules</c> of a repository above the program.
/// </summary>
public static class NativeLibraries
{
    public const string FolderVariable = "SLIPWAY_NATIVE";

    private const string RepositoryFolder = "src/Slipway.Engines/native";

    /// <summary>The path of the library, or Unavailable with every place looked at and the cure.</summary>
    public static Result<string> Find(NativeLibraryFile library) =>
        Find(library, Environment.GetEnvironmentVariable(FolderVariable), AppContext.BaseDirectory);

    /// <summary>As <see cref="Find(NativeLibraryFile)"/>, with the two starting points given.</summary>
    public static Result<string> Find(NativeLibraryFile library, string? folder, string programFolder)
    {
        var looked = new List<string>();
        foreach (var candidate in Candidates(library, folder, programFolder))
        {
            if (File.Exists(candidate))
            {
                return candidate;
            }

            looked.Add(candidate);
        }

        return Problem.Unavailable(
            $"The native library {library.FileName} is missing; looked for {string.Join(", ", looked)}. "
            + $"Run 'npm ci --ignore-scripts' in {RepositoryFolder}, or set {FolderVariable} to the folder that holds it.");
    }

    /// <summary>Loads the library into the process. Loading it again gives the same handle.</summary>
    internal static Result<nint> Load(NativeLibraryFile library)
    {
        if (!Find(library).TryGet(out var path, out var problem))
        {
            return problem;
        }

        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return Problem.Unavailable($"The native library {path} cannot be loaded: {e.Message}. It needs Linux on x64 with glibc and libstdc++6.");
        }
    }

    private static IEnumerable<string> Candidates(NativeLibraryFile library, string? folder, string programFolder)
    {
        if (!string.IsNullOrEmpty(folder))
        {
            yield return Path.Combine(Path.GetFullPath(folder), library.FileName);
        }

        yield return Path.Combine(programFolder, "native", library.FileName);
        for (var above = new DirectoryInfo(programFolder); above is not null; above = above.Parent)
        {
            var packages = Path.Combine(above.FullName, RepositoryFolder);
            if (Directory.Exists(packages))
            {
                yield return Path.Combine(packages, "node_modules", library.PathInPackages);
            }
        }
    }
}
