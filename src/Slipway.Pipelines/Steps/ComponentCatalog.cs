using Slipway.Contracts.Pipelines.Ports;

namespace Slipway.Pipelines.Steps;

/// <summary>Every built-in component that the modules brought, by name.</summary>
internal sealed class ComponentCatalog(IEnumerable<IPipelineComponent> components)
{
    private readonly Dictionary<string, IPipelineComponent> _byName = components.ToDictionary(c => c.Name, StringComparer.Ordinal);

    public bool Has(string name) => _byName.ContainsKey(name);

    public IPipelineComponent this[string name] => _byName[name];

    public string Unknown(string name) => $"there is no component '{name}'; there are: {string.Join(", ", _byName.Keys.Order(StringComparer.Ordinal))}";
}
