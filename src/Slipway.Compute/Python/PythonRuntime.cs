using System.Reflection;
using System.Security.Cryptography;

namespace Slipway.Compute.Python;

/// <summary>
/// The Python files that this program carries (sdk/python), laid out in a folder that Python can load them from and keep its compiled copies in.
/// The folder is named by their content, so an older server's files are never mixed with these.
/// </summary>
public static class PythonRuntime
{
    private const string Prefix = "python/";

    /// <summary>Writes the files below <paramref name="parent"/>, unless they are there, and answers their folder. Safe for several servers at once.</summary>
    public static string LayOut(string parent)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        var files = names.Select(name => (Name: name[Prefix.Length..], Bytes: Read(assembly, name))).ToArray();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in files)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name}\0{bytes.Length}\0"));
            hash.AppendData(bytes);
        }

        var folder = Path.GetFullPath(Path.Combine(parent, "python-" + Convert.ToHexStringLower(hash.GetHashAndReset())[..16]));
        if (Directory.Exists(folder))
        {
            return folder;
        }

        // Filled beside its place and then moved: nobody sees half of it.
        var filling = $"{folder}.{Environment.ProcessId}-{Path.GetRandomFileName()}";
        foreach (var (name, bytes) in files)
        {
            var path = Path.Combine(filling, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }

        try
        {
            Directory.Move(filling, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(filling, recursive: true);
        }

        return folder;
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
