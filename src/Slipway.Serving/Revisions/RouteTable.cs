namespace Slipway.Serving.Revisions;

/// <summary>
/// All routes, as one immutable snapshot behind one reference. A request reads it once and is not troubled by what changes meanwhile; a change
/// makes a new snapshot and swaps it in whole.
/// </summary>
internal sealed class RouteTable
{
    private readonly Lock _change = new();
    private Snapshot _now = new([], []);

    /// <summary>The service of that name, or else the revision of a service that has that tag.</summary>
    public ServiceRoute? Find(string ns, string name)
    {
        var now = Volatile.Read(ref _now);
        return now.Services.TryGetValue((ns, name), out var route) ? route : now.Tags.GetValueOrDefault((ns, name));
    }

    /// <summary>One per service; the tags are not among them.</summary>
    public IReadOnlyCollection<ServiceRoute> All => Volatile.Read(ref _now).Services.Values;

    public void Set(ServiceRoute route) => Change(services => services[(route.Namespace, route.Name)] = route);

    public void Remove(string ns, string name) => Change(services => services.Remove((ns, name)));

    private void Change(Action<Dictionary<(string Namespace, string Name), ServiceRoute>> change)
    {
        lock (_change)
        {
            var services = new Dictionary<(string Namespace, string Name), ServiceRoute>(_now.Services);
            change(services);
            var tags = new Dictionary<(string Namespace, string Name), ServiceRoute>();
            foreach (var route in services.Values)
            {
                foreach (var (tag, revision) in route.Tags)
                {
                    tags[(route.Namespace, tag)] = route.PinnedTo(tag, revision);
                }
            }

            Volatile.Write(ref _now, new Snapshot(services, tags));
        }
    }

    private sealed record Snapshot(
        Dictionary<(string Namespace, string Name), ServiceRoute> Services, Dictionary<(string Namespace, string Name), ServiceRoute> Tags);
}
