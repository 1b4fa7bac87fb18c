using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Modules;

/// <summary>
/// The one public face of a module. The composition root calls the members in the order in which they stand here.
/// Migrations are not listed: every <c>Migrations/NNNN_name.sql</c> embedded in the module's assembly is applied, in order, under its name.
/// </summary>
public interface IModule
{
    /// <summary>Lower case, also the prefix of its tables: <c>registry</c>.</summary>
    string Name { get; }

    /// <summary>The kinds of resources that the module owns.</summary>
    IEnumerable<ResourceKind> Kinds => [];

    /// <summary>Stores, ports, controllers (<c>services.AddController&lt;T&gt;()</c>) and background workers (<c>AddHostedService</c>).</summary>
    void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>Every route carries <c>.RequirePermission("models.read")</c>.</summary>
    void MapRoutes(IEndpointRouteBuilder routes);
}
