namespace Slipway.Conformance;

/// <summary>A folder for one test, removed at its end.</summary>
public sealed class TempFolder : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("slipway-test-").FullName;

    public string File(string name) => Path.Combine(FullPath, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(FullPath, recursive: true);
        }
        catch (IOException)
        {
            // A child process may still be letting go of a file; the system cleans its temporary folder.
        }
    }
}
