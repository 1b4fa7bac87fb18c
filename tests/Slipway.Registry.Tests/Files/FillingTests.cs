using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Registry.Tests.Files;

public class FillingOnSqlite() : FillingTests(DatabaseEngine.Sqlite);

public class FillingOnPostgres() : FillingTests(DatabaseEngine.PostgreSql);

/// <summary>Rows that an older Slipway wrote are given what they lack at the next start.</summary>
public abstract class FillingTests(DatabaseEngine engine)
{
    private const string AsBefore =
        """
        UPDATE registry_versions SET id = 0, updated = 0, run_id = '', facts = '{}', signature = '', inspected = 0
        """;

    [Fact]
    public async Task OldRows_AreFoundServedAndSignedAfterAStart()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        for (var i = 0; i < 3; i++)
        {
            await host.AddAsync();
        }

        (await host.Floor.Database.WriteAsync<int>(
            async (session, _) =>
            {
                await session.ExecuteAsync("UPDATE registry_models SET id = 0");
                await session.ExecuteAsync("DELETE FROM registry_version_facts");
                return await session.ExecuteAsync(AsBefore);
            },
            default)).OrThrow();
        Assert.Equal(ProblemCode.Conflict, (await host.Registry.GetLoadableAsync("default", "housing", 1, default)).Problem!.Code);

        await using var next = await RegistryHost.OnAsync(host.Floor);
        Assert.NotEmpty((await next.Registry.GetLoadableAsync("default", "housing", 1, default)).OrThrow().Signature);
        Assert.Equal(3, (await next.Mlflow.GetAsync("model-versions/search", ("filter", "run_id = 'run1' AND tags.team = 'homes ✓'")))["model_versions"]!.AsArray().Count);
        var ids = (await next.Kubeflow.GetAsync("model_versions"))["items"]!.AsArray().Select(v => (string)v!["id"]!).ToArray();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.DoesNotContain("0", ids);
        Assert.Equal("housing", (string)(await next.Kubeflow.GetAsync("registered_models"))["items"]![0]!["name"]!);
    }

    [Fact]
    public async Task Artifacts_AreHeldAsLongAsAVersionNamesThem()
    {
        await using var host = await RegistryHost.StartAsync(engine);
        var version = await host.AddAsync();
        string[] asked = [version.ArtifactDigest, new string('0', 64)];
        Assert.Equal([version.ArtifactDigest], await host.Floor.Database.ReadAsync((session, _) => host.Holder.HeldAsync(session, asked), default));
        await host.CallAsync("DELETE", "models/housing/versions/1");
        Assert.Empty(await host.Floor.Database.ReadAsync((session, _) => host.Holder.HeldAsync(session, asked), default));
    }
}
