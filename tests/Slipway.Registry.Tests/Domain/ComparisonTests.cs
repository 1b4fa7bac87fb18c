using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Tests.Domain;

public class ComparisonTests
{
    private static readonly ModelVersion Old = new("default", "housing", 1, "aa", "onnx", DateTimeOffset.UnixEpoch)
    {
        Parameters = new Dictionary<string, string> { ["trees"] = "100", ["depth"] = "6" },
        Metrics = new Dictionary<string, double> { ["r2"] = 0.5, ["mae"] = 2 },
        Inputs = [new TensorSpec("sales", "FP32", [-1, 1])],
    };

    private static readonly ModelVersion New = Old with
    {
        Version = 2,
        ArtifactDigest = "bb",
        Parameters = new Dictionary<string, string> { ["trees"] = "200", ["depth"] = "6" },
        Metrics = new Dictionary<string, double> { ["r2"] = 0.75 },
        Lineage = new ModelLineage { ParentVersion = 1 },
    };

    [Fact]
    public void TwoVersions_AreSetSideBySideByName()
    {
        var comparison = Comparison.Of(Old, New);
        Assert.Equal([new ComparedText("depth", "6", "6", true), new ComparedText("trees", "100", "200", false)], comparison.Parameters);
        Assert.Equal([new ComparedNumber("mae", 2, null, null), new ComparedNumber("r2", 0.5, 0.75, 0.25)], comparison.Metrics);
        Assert.Contains(new ComparedText("parentVersion", null, "1", false), comparison.Lineage);
        Assert.False(comparison.SameArtifact);
        Assert.True(comparison.SameSignature);
    }

    [Fact]
    public void AnotherShape_IsAnotherSignature() =>
        Assert.False(Comparison.Of(Old, New with { Inputs = [new TensorSpec("sales", "FP32", [-1, 2])] }).SameSignature);

    [Fact]
    public void Ancestry_FollowsParentsAndChildren()
    {
        ModelVersion At(int version, int? parent) => Old with { Version = version, Lineage = new ModelLineage { ParentVersion = parent } };
        ModelVersion[] all = [At(5, 3), At(4, 2), At(3, 2), At(2, 1), At(1, null)];
        var lineage = Ancestry.Of(all[2], all, []);
        Assert.Equal([2, 1], lineage.Ancestors);
        Assert.Equal([5], lineage.Children);
    }
}
