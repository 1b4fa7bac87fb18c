using Slipway.Engines.Loading;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Tests.Loading;

public sealed class NativeLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-native-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Find_GivenFolderHasIt_WinsOverTheProgramsOwn()
    {
        var mine = Touch("mine/libduckdb.so");
        Touch("program/native/libduckdb.so");
        Assert.Equal(mine, NativeLibraries.Find(NativeLibraryFile.DuckDb, Path.Combine(_folder, "mine"), Path.Combine(_folder, "program")).Value);
    }

    [Fact]
    public void Find_BesideTheProgram_IsFound()
    {
        var beside = Touch("program/native/libduckdb.so");
        Assert.Equal(beside, NativeLibraries.Find(NativeLibraryFile.DuckDb, null, Path.Combine(_folder, "program")).Value);
    }

    [Fact]
    public void Find_InARepositoryAbove_IsFound()
    {
        var package = Touch("repo/src/Slipway.Engines/native/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so");
        var program = Directory.CreateDirectory(Path.Combine(_folder, "repo/src/X/bin/Debug")).FullName;
        Assert.Equal(package, NativeLibraries.Find(NativeLibraryFile.DuckDb, null, program).Value);
    }

    [Fact]
    public void Find_Nowhere_NamesTheFileThePlacesAndTheCure()
    {
        var problem = NativeLibraries.Find(NativeLibraryFile.OnnxRuntime, Path.Combine(_folder, "mine"), _folder).Problem!;
        Assert.Equal(ProblemCode.Unavailable, problem.Code);
        Assert.Contains("libonnxruntime.so.1", problem.Message);
        Assert.Contains(Path.Combine(_folder, "mine"), problem.Message);
        Assert.Contains("npm ci", problem.Message);
        Assert.Contains("SLIPWAY_NATIVE", problem.Message);
    }

    private string Touch(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
