using Microsoft.AspNetCore.Http;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>What a caller wants to do, in Kubernetes' words. <paramref name="Namespace"/> is empty for cluster-wide matters and for all namespaces.</summary>
public sealed record ResourceAccess(string Verb, string Group, string Resource, string Subresource, string Namespace, string Name);

/// <summary>Says who may do what. Without one registered, everybody may do everything.</summary>
public interface IResourceAuthorizer
{
    /// <summary>Null when allowed, else the reason of the refusal.</summary>
    ValueTask<string?> RefuseAsync(HttpContext caller, ResourceAccess access);
}
