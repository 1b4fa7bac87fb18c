using System.Collections.Frozen;
using System.Diagnostics;

namespace Slipway.Compute.Workloads;

/// <summary>Secret variables. Kept apart from the others so that no log, message or debugger window shows a value by accident.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class WorkloadSecrets
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly FrozenDictionary<string, string> _values;

    private WorkloadSecrets(FrozenDictionary<string, string> values) => _values = values;

    public static WorkloadSecrets None { get; } = new(FrozenDictionary<string, string>.Empty);

    public static WorkloadSecrets Of(IEnumerable<KeyValuePair<string, string>> values) => new(values.ToFrozenDictionary(StringComparer.Ordinal));

    public IEnumerable<string> Names => _values.Keys;

    public int Count => _values.Count;

    /// <summary>The values, for the moment of the start only.</summary>
    public IReadOnlyDictionary<string, string> Reveal() => _values;

    public override string ToString() => $"{_values.Count} secrets ({string.Join(", ", _values.Keys.Order(StringComparer.Ordinal))})";
}
