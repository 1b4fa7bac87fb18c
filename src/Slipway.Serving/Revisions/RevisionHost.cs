using Slipway.Kernel.Problems;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Statistics;

namespace Slipway.Serving.Revisions;

/// <summary>
/// The loaded revisions of this process. It alone puts routes in and retires what no route uses any more, in that order: a request that finds
/// its revision retired finds a newer route when it looks again.
/// </summary>
internal sealed class RevisionHost(ModelLoader loader, RouteTable routes, StatisticsTable statistics, LaneFactory lanes, CodeHost codes, ServingMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Namespace, string Service), Dictionary<int, LoadedRevision>> _loaded = [];
    private readonly List<LoadedRevision> _replaced = [];

    /// <summary>The revision in memory, loaded when it is not there yet, with as many copies as it may have.</summary>
    public async Task<Result<LoadedRevision>> LoadAsync(Revision revision, ScaleSpec scale, CancellationToken cancellation)
    {
        var present = Find(revision);
        if (present is not null && (present.Model.Model is IScaledModel || !scale.MaySleep))
        {
            (present.Model.Model as IScaledModel)?.Scale(scale);
            return present;
        }

        var wanted = new ModelToLoad(revision.Digest, revision.Format)
        {
            Settings = revision.Settings, Scale = scale, Namespace = revision.Namespace, Service = revision.Service, Name = revision.Name,
        };
        var loaded = await loader.LoadAsync(wanted, cancellation);
        if (!loaded.TryGet(out var model, out var problem))
        {
            metrics.OnLoadFailed(revision);
            return problem;
        }

        var made = new LoadedRevision(revision, model, statistics.Of(revision.Namespace, revision.Service, revision.VersionText), lanes);
        lock (_lock)
        {
            if (present is not null && Of(revision).Remove(revision.Number))
            {
                // It could not sleep, and now may: the new one takes its place with the next route.
                _replaced.Add(present);
            }

            Of(revision)[revision.Number] = made;
        }

        made.Statistics.OnLoaded(model.Model);
        metrics.OnLoaded(made);
        return made;
    }

    /// <summary>Swaps the route in, then lets go of every revision that it does not use. They are freed when their last request has ended.</summary>
    public void Apply(ServiceRoute route)
    {
        routes.Set(route);
        RetireOthers(route.Namespace, route.Name, route.Loaded);
        codes.Keep(route.Namespace, route.Name, route.TransformerCode?.Loaded, route.ExplainerCode?.Loaded);
    }

    public void Remove(string ns, string service)
    {
        routes.Remove(ns, service);
        RetireOthers(ns, service, []);
        codes.Keep(ns, service);
    }

    /// <summary>Removes a service that will not come back, with what was counted of it.</summary>
    public void Forget(string ns, string service)
    {
        Remove(ns, service);
        statistics.Remove(ns, service);
    }

    private void RetireOthers(string ns, string service, IReadOnlyList<LoadedRevision> keep)
    {
        List<LoadedRevision> unused;
        lock (_lock)
        {
            if (!_loaded.TryGetValue((ns, service), out var loaded))
            {
                return;
            }

            unused = [.. loaded.Values.Where(r => !keep.Contains(r))];
            foreach (var revision in unused)
            {
                loaded.Remove(revision.Revision.Number);
            }

            unused.AddRange(_replaced.Where(r => r.Revision.Namespace == ns && r.Revision.Service == service && !keep.Contains(r)));
            _replaced.RemoveAll(unused.Contains);

            if (loaded.Count == 0)
            {
                _loaded.Remove((ns, service));
            }
        }

        foreach (var revision in unused)
        {
            revision.Model.Retire();
            revision.Lane.Close();
            revision.Statistics.OnUnloaded(revision.Model.Model);
            metrics.OnUnloaded(revision);
        }
    }

    private LoadedRevision? Find(Revision revision)
    {
        lock (_lock)
        {
            return Of(revision).GetValueOrDefault(revision.Number);
        }
    }

    private Dictionary<int, LoadedRevision> Of(Revision revision)
    {
        var key = (revision.Namespace, revision.Service);
        if (!_loaded.TryGetValue(key, out var loaded))
        {
            _loaded[key] = loaded = [];
        }

        return loaded;
    }
}
