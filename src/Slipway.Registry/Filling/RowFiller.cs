using Microsoft.Extensions.Hosting;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Signing;

namespace Slipway.Registry.Filling;

/// <summary>
/// Gives rows that an older version wrote what SQL alone cannot: ids, signatures, and the facts they are searched by. Done before the first request, in steps
/// that each are whole, so that a stop half-way is taken up at the next start. Nothing to do costs two look-ups.
/// </summary>
internal sealed class RowFiller(IDatabase database, VersionSigner signer) : IHostedService
{
    private const int Step = 200;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (await FillModelsAsync(cancellationToken) == Step)
        {
        }

        while (await FillVersionsAsync(cancellationToken) == Step)
        {
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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

        var key = await signer.KeyAsync(cancellation);
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
