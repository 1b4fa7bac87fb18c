namespace Slipway.Architecture.Tests;

/// <summary>R2 to R5 on what is built from src/.</summary>
public sealed class RuleTests
{
    public static TheoryData<string> Modules => [.. House.Modules.Select(p => p.Name)];

    public static TheoryData<string> Projects => [.. House.Projects.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Modules))]
    public void R2_AModule_ShowsOnePublicType(string name) => AssertNone(Rules.OnePublicType(Assembly(name)));

    [Theory]
    [MemberData(nameof(Projects))]
    public void R3_Domain_IsPure(string name) => AssertNone(Rules.PureDomain(Assembly(name)));

    [Theory]
    [MemberData(nameof(Projects))]
    public void R4_Folders_FormNoRing(string name) => AssertNone(Rules.NoCycles(Assembly(name), name));

    [Theory]
    [MemberData(nameof(Modules))]
    public void R5_SqlAndDrivers_StandOnlyInStores(string name) => AssertNone(Rules.SqlOnlyInStores(Assembly(name)));

    private static Mono.Cecil.AssemblyDefinition Assembly(string name) => House.Projects.Single(p => p.Name == name).Assembly;

    private static void AssertNone(IEnumerable<string> violations) => Assert.True(!violations.Any(), string.Join('\n', violations));
}
