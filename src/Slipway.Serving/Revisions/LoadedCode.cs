using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Revisions;

/// <summary>A revision of a transformer or an explainer, loaded.</summary>
internal sealed class LoadedCode(Revision revision, IUserCode code) : Shared<IUserCode>(code)
{
    public Revision Revision { get; } = revision;

    /// <summary>
    /// Under which a service's code has its revisions, beside those of its models. No service can have such a name.
    /// </summary>
    public static string OwnerOf(string service, string role) => $"{service}/{role}";
}

/// <summary>The user's code in a route.</summary>
/// <param name="Loaded">Null while none could be loaded: requests are refused then, not passed by it.</param>
/// <param name="Trouble">Why what is wanted is not loaded; null when it is.</param>
internal sealed record CodeRoute(CodeSpec Spec, LoadedCode? Loaded, string? Trouble);
