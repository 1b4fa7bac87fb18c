using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Models;

/// <summary>A loaded model with a count of its users.</summary>
internal sealed class SharedModel(IServedModel model, OutputRoles roles) : Shared<IServedModel>(model)
{
    /// <summary>Only for who has acquired it, or for its declarations, which outlive it.</summary>
    public IServedModel Model => Held;

    public OutputRoles Roles { get; } = roles;
}
