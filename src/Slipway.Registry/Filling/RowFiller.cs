using Microsoft.Extensions.Hosting;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Secrets;
using Slipway.Registry.Catalog;
using Slipway.Registry.Signing;

namespace Slipway.Registry.Filling;

/// <summary>
/// Gives rows that an older version wrote what SQL alone cannot: ids, signatures, and the facts they are searched by. Done before the first request, in steps
/// that each are whole, so that a stop half-way is taken up at the next start. Secrets that stood open are sealed. Nothing to do costs four look-ups.
/// </summary>
internal sealed class RowFiller(IDatabase database, VersionSigner signer, SecretBox box) : IHostedService
{
    private const int Step = 200;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await SealKeysAsync(cancellationToken);
        while (await SealHooksAsync(cancellationToken) == Step)
        {
        }

        while (await FillModelsAsync(cancellationToken) == Step)
        {
        }

        while (await FillVersionsAsync(cancellationToken) == Step)
        {
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task SealKeysAsync(CancellationToken cancellation)
    {
        if ((await database.ReadAsync((session, _) => KeyStore.OpenAsync(session), cancellation)).Count == 0)
        {
            return;
        }

        (await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                foreach (var key in await KeyStore.OpenAsync(session))
                {
                    await KeyStore.SealAsync(session, key.Name, box.Seal(VersionSigner.Purpose(key.Name), key.Secret));
                }

                return Result.Ok;
            },
            cancellation)).OrThrow();
    }

    private async Task<int> SealHooksAsync(CancellationToken cancellation)
    {
        if ((await database.ReadAsync((session, _) => FillStore.OpenHooksAsync(session, 1), cancellation)).Count == 0)
        {
            return 0;
        }

        var done = await database.WriteAsync<int>(
            async (session, _) =>
            {
                var hooks = await FillStore.OpenHooksAsync(session, Step);
                foreach (var hook in hooks)
                {
                    await FillStore.SealHookAsync(session, hook with { Secret = hook.Secret.Length == 0 ? "" : box.Seal(hook.Purpose, hook.Secret) });
                }

                return hooks.Count;
            },
            cancellation);
        return done.OrThrow();
    }

    private async Task<int> FillModelsAsync(CancellationToken cancellation)
    {
        if ((await database.ReadAsync((session, _) => FillStore.ModelsAsync(session, 1), cancellation)).Count == 0)
        {
            return 0;
        }

        var filled = await database.WriteAsync<int>(
            async (session, _) =>
            {
                var rows = await FillStore.ModelsAsync(session, Step);
                foreach (var row in rows)
                {
                    await FillStore.SetModelIdAsync(session, row.Namespace, row.Name, await RegistryStore.NextIdAsync(session));
                }

                return rows.Count;
            },
            cancellation);
        return filled.OrThrow();
    }

    private async Task<int> FillVersionsAsync(CancellationToken cancellation)
    {
        if ((await database.ReadAsync((session, _) => FillStore.VersionsAsync(session, 1), cancellation)).Count == 0)
        {
            return 0;
        }

        var key = await signer.SigningKeyAsync(cancellation);
        var filled = await database.WriteAsync<int>(
            async (session, _) =>
            {
                var rows = await FillStore.VersionsAsync(session, Step);
                foreach (var found in rows)
                {
                    var version = (await RegistryStore.FindVersionAsync(session, found.Namespace, found.Model, found.Number))!;
                    await FillStore.SetVersionAsync(
                        session, version.Namespace, version.Model, version.Version, await RegistryStore.NextIdAsync(session), version.Lineage.Run ?? "",
                        VersionSigner.Sign(key, version));
                    await RegistryStore.AddFactsAsync(session, version);
                }

                return rows.Count;
            },
            cancellation);
        return filled.OrThrow();
    }
}
