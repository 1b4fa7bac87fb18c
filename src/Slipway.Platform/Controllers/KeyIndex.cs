using System.Collections.Concurrent;

namespace Slipway.Platform.Controllers;

/// <summary>
/// Which resources of a controller refer to something: <c>monitors/housing</c> in a namespace, say. Filled as the controller reconciles,
/// read when an event about that something comes by.
/// </summary>
public sealed class KeyIndex
{
    private readonly ConcurrentDictionary<ResourceRef, string[]> _references = new();

    /// <summary>Says everything that <paramref name="key"/> refers to now; what it referred to before is forgotten.</summary>
    public void Set(ResourceRef key, params string[] references) => _references[key] = references;

    public void Remove(ResourceRef key) => _references.TryRemove(key, out _);

    public IReadOnlyList<ResourceRef> WhoRefersTo(string ns, string reference)
    {
        List<ResourceRef>? found = null;
        foreach (var (key, references) in _references)
        {
            if (key.Namespace == ns && Array.IndexOf(references, reference) >= 0)
            {
                (found ??= []).Add(key);
            }
        }

        return found ?? (IReadOnlyList<ResourceRef>)[];
    }
}
