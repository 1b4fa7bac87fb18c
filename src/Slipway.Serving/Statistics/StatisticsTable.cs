using System.Collections.Concurrent;

namespace Slipway.Serving.Statistics;

/// <summary>The statistics of every model version that this process ever loaded.</summary>
internal sealed class StatisticsTable
{
    private readonly ConcurrentDictionary<(string Namespace, string Service, string Version), ModelStatistics> _all = new();

    public ModelStatistics Of(string ns, string service, string version) => _all.GetOrAdd((ns, service, version), static _ => new ModelStatistics());

    /// <summary>Versions of a service, in their order.</summary>
    public IEnumerable<(string Version, ModelStatistics Statistics)> OfService(string ns, string service) => _all
        .Where(s => s.Key.Namespace == ns && s.Key.Service == service)
        .OrderBy(s => s.Key.Version.Length).ThenBy(s => s.Key.Version, StringComparer.Ordinal)
        .Select(s => (s.Key.Version, s.Value));

    /// <summary>Forgets a service that is gone.</summary>
    public void Remove(string ns, string service)
    {
        foreach (var key in _all.Keys.Where(k => k.Namespace == ns && k.Service == service))
        {
            _all.TryRemove(key, out _);
        }
    }
}
