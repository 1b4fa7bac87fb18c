using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Revisions;

/// <summary>The loaded transformers and explainers of this process. Like models they are retired only when no route uses them any more.</summary>
internal sealed class CodeHost(ICodeRuntime runtime)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Namespace, string Service), Dictionary<string, LoadedCode>> _loaded = [];

    /// <summary>The revision, loaded when it is not there yet.</summary>
    /// <param name="service">Whose it is.</param>
    public async Task<Result<LoadedCode>> LoadAsync(Revision revision, string service, string role, ScaleSpec scale, CancellationToken cancellation)
    {
        var key = (revision.Namespace, service);
        lock (_lock)
        {
            if (_loaded.TryGetValue(key, out var all) && all.TryGetValue(revision.Name, out var present))
            {
                present.Held.Scale(scale);
                return present;
            }
        }

        var wanted = new ModelToLoad(revision.Digest, revision.Format)
        {
            Settings = revision.Settings, Scale = scale, Namespace = revision.Namespace, Service = service, Name = revision.Name, Role = role,
        };
        if (!(await runtime.LoadCodeAsync(wanted, cancellation)).TryGet(out var code, out var problem))
        {
            return problem;
        }

        var made = new LoadedCode(revision, code);
        lock (_lock)
        {
            if (!_loaded.TryGetValue(key, out var all))
            {
                _loaded[key] = all = [];
            }

            all[revision.Name] = made;
        }

        return made;
    }

    /// <summary>Lets go of all that the service's route does not use; it ends when its last request has.</summary>
    public void Keep(string ns, string service, params IReadOnlyList<LoadedCode?> used)
    {
        List<LoadedCode> unused;
        lock (_lock)
        {
            if (!_loaded.TryGetValue((ns, service), out var all))
            {
                return;
            }

            unused = [.. all.Values.Where(c => !used.Contains(c))];
            foreach (var code in unused)
            {
                all.Remove(code.Revision.Name);
            }

            if (all.Count == 0)
            {
                _loaded.Remove((ns, service));
            }
        }

        unused.ForEach(c => c.Retire());
    }
}
