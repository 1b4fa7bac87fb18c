using System.Collections.Concurrent;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Payloads;

/// <summary>Where each service's payload files go, as its manifest says now. A file goes where it was begun for.</summary>
internal sealed class PayloadStorages
{
    private readonly ConcurrentDictionary<(string Namespace, string Name), PayloadStorage> _all = new();

    public void Set(string ns, string service, PayloadStorage? storage)
    {
        if (storage is null)
        {
            _all.TryRemove((ns, service), out _);
        }
        else
        {
            _all[(ns, service)] = storage;
        }
    }

    public PayloadStorage? Find(string ns, string service) => _all.GetValueOrDefault((ns, service));
}
