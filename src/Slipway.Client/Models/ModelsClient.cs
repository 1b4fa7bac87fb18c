using Slipway.Client.Transport;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Models;

/// <summary>Registered models with their versions and aliases.</summary>
public sealed class ModelsClient
{
    private readonly HttpTransport _transport;

    internal ModelsClient(HttpTransport transport) => _transport = transport;

    /// <summary>A page of models by name.</summary>
    /// <param name="ns">Namespace.</param>
    /// <param name="after">The <c>next</c> of the page before; null for the first.</param>
    /// <param name="cancellation">Ends the call.</param>
    public Task<Result<ModelPage>> ListAsync(string ns, string? after, CancellationToken cancellation) =>
        _transport.GetAsync($"{Root(ns)}/{(after is null ? "" : $"?after={Uri.EscapeDataString(after)}")}", RegistryJson.Default.ModelPage, cancellation);

    /// <summary>One model with every version, newest first.</summary>
    public Task<Result<ModelDetail>> GetAsync(string ns, string model, CancellationToken cancellation) =>
        _transport.GetAsync($"{Root(ns)}/{Uri.EscapeDataString(model)}", RegistryJson.Default.ModelDetail, cancellation);

    private static string Root(string ns) => $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/models";
}
