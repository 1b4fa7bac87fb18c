using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Printing;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>What the verbs of the resource API work with.</summary>
internal sealed class ResourceApiServices(
    ResourceStore store, KindCatalog kinds, WatchFeed feed, TimeProvider time, IHostApplicationLifetime lifetime, IResourceAuthorizer? authorizer = null)
{
    private readonly ConditionalWeakTable<ResourceKind, TableRenderer> _tables = [];

    public ResourceStore Store => store;

    public KindCatalog Kinds => kinds;

    public WatchFeed Feed => feed;

    public TimeProvider Time => time;

    public CancellationToken Stopping => lifetime.ApplicationStopping;

    public IResourceAuthorizer? Authorizer => authorizer;

    public TableRenderer TableOf(ResourceKind kind) => _tables.GetValue(kind, static k => new TableRenderer(k));
}
