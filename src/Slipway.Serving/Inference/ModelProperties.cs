using Slipway.Serving.Models;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>The field properties of a model's metadata.</summary>
internal static class ModelProperties
{
    /// <summary>What the model says, and the class labels of its probabilities under <c>labels.OUTPUT</c>, a JSON list, where only its file has them.</summary>
    public static IReadOnlyDictionary<string, string> Of(SharedModel shared)
    {
        var (model, roles) = (shared.Model, shared.Roles);
        if (roles.Probabilities < 0 || roles.Classes.Count == 0 || model.Properties.ContainsKey(PropertyNames.LabelsOf(model.Outputs[roles.Probabilities])))
        {
            return model.Properties;
        }

        return new Dictionary<string, string>(model.Properties, StringComparer.Ordinal)
        {
            [PropertyNames.LabelsOf(model.Outputs[roles.Probabilities])] = PropertyNames.ListOf(roles.Classes),
        };
    }
}
