using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
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
    public async Task SecretsThatStoodOpen_AreSealedAndStillWork()
    {
        await using var host = await RegistryHost.StartAsync(engine, sender: false);
        await host.AddAsync();
        await using var receiver = await Webhooks.Receiver.StartAsync();
        var id = (string)(await host.Mlflow.PostAsync("webhooks", new JsonObject
        {
            ["name"] = "h", ["url"] = receiver.Url, ["secret"] = "at first", ["events"] = new JsonArray(new JsonObject { ["entity"] = "REGISTERED_MODEL", ["action"] = "CREATED" }),
        }))["webhook"]!["webhook_id"]!;
        Assert.DoesNotContain(await StoredAsync(host), s => s.Contains("at first", StringComparison.Ordinal) || s.StartsWith("MIG", StringComparison.Ordinal));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await host.Floor.Database.WriteAsync<int>(
            async (session, _) =>
            {
                await session.ExecuteAsync("UPDATE registry_webhooks SET secret = 'from before', sealed = 0");
                return await session.ExecuteAsync(
                    "UPDATE registry_keys SET secret = @secret, public = @shown, sealed = 0",
                    new { secret = Convert.ToBase64String(key.ExportPkcs8PrivateKey()), shown = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()) });
            },
            default)).OrThrow();

        await using var next = await RegistryHost.OnAsync(host.Floor, sender: false);

        Assert.All(await StoredAsync(next), s => Assert.StartsWith("v1.", s, StringComparison.Ordinal));
        var second = await next.AddAsync();
        Assert.NotEmpty((await next.Registry.GetLoadableAsync("default", second.Model, second.Version, default)).OrThrow().Signature);
        Assert.True((bool)(await next.Mlflow.PostAsync($"webhooks/{id}/test", []))["result"]!["success"]!);
        var got = Assert.Single(receiver.Got);
        Assert.Equal(Signed("from before", got), got.Headers["X-MLflow-Signature"]);
    }

    private static string Signed(string secret, (string Body, Dictionary<string, string> Headers) got) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{got.Headers["X-MLflow-Delivery-Id"]}.{got.Headers["X-MLflow-Timestamp"]}.{got.Body}")));

    private static Task<IReadOnlyList<string>> StoredAsync(RegistryHost host) => host.Floor.Database.ReadAsync(
        (session, _) => session.QueryAsync<string>("SELECT secret FROM registry_webhooks UNION ALL SELECT secret FROM registry_keys"), default);

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
