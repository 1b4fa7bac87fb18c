namespace Slipway.Serving.Revisions;

/// <summary>
/// All routes, as one immutable snapshot behind one reference. A request reads it once and is not troubled by what changes meanwhile; a change
/// makes a new snapshot and swaps it in whole.
/// </summary>
internal sealed class RouteTable
{
    private readonly Lock _change = new();
    private Dictionary<(string Namespace, string Name), ServiceRoute> _routes = [];

    public ServiceRoute? Find(string ns, string name) => Volatile.Read(ref _routes).GetValueOrDefault((ns, name));

    public IReadOnlyCollection<ServiceRoute> All => Volatile.Read(ref _routes).Values;

    public void Set(ServiceRoute route) => Change(routes => routes[(route.Namespace, route.Name)] = route);

    public void Remove(string ns, string name) => Change(routes => routes.Remove((ns, name)));

    private void Change(Action<Dictionary<(string Namespace, string Name), ServiceRoute>> change)
    {
        lock (_change)
        {
            var next = new Dictionary<(string Namespace, string Name), ServiceRoute>(_routes);
            change(next);
            Volatile.Write(ref _routes, next);
        }
    }
}
