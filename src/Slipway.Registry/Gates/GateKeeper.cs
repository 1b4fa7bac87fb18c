using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Gates;

/// <summary>How a version comes to an alias or stage.</summary>
internal enum Admission
{
    /// <summary>Somebody sets it.</summary>
    Asked,

    /// <summary>By a request that enough people agreed to.</summary>
    Approved,

    /// <summary>Back to what it was: it was let in once, and when something is on fire nothing may stand in the way.</summary>
    RolledBack,
}

/// <summary>Stands before guarded aliases and stages, whichever API one comes by.</summary>
internal static class GateKeeper
{
    /// <summary>Null when the version may have the alias or stage; otherwise what stands in the way.</summary>
    public static async Task<Problem?> AskAsync(IReadSession session, ModelVersion version, string kind, string target, Admission admission)
    {
        if (admission == Admission.RolledBack || await RulesAsync(session, version.Namespace, version.Model) is not { } rules || !rules.Guards(kind, target))
        {
            return null;
        }

        var findings = await FindingsAsync(session, rules, version);
        if (!Gate.Opens(findings))
        {
            var why = string.Join("; ", findings.Where(f => !f.Passed && !f.Warning).Select(f => $"{f.Rule}: {f.Message}"));
            return new Problem(ProblemCode.Forbidden, $"the rules of {version.Model} keep version {version.Version} from the {kind} {target}: {why}");
        }

        return rules.Approvals > 0 && admission != Admission.Approved
            ? new Problem(
                ProblemCode.Forbidden,
                $"the {kind} {target} of {version.Model} is given by request only: POST .../models/{version.Model}/requests, and {rules.Approvals} other(s) must approve")
            : null;
    }

    public static async Task<GateRules?> RulesAsync(IReadSession session, string ns, string model) =>
        await GateStore.EffectiveGateAsync(session, ns, model) is { } row ? GateJson.Rules(row.Rules) : null;

    public static async Task<IReadOnlyList<GateFinding>> FindingsAsync(IReadSession session, GateRules rules, ModelVersion version) =>
        Gate.Ask(rules, version, (await GateStore.FindScanAsync(session, version.Namespace, version.Model, version.Version))?.Verdict);
}
