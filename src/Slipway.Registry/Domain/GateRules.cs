using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>A bound that a metric must keep.</summary>
/// <param name="Split">Of which split (<c>test</c>); null is the version's own metrics.</param>
internal sealed record MetricBound(string Name, string? Split = null, double? Min = null, double? Max = null);

/// <summary>
/// What must hold before a version gets one of the protected aliases or stages. Settable, because the generated JSON reader gives an init-only property that is
/// absent null instead of its default.
/// </summary>
internal sealed record GateRules
{
    /// <summary>Aliases that are guarded.</summary>
    public IReadOnlyList<string> Aliases { get; set; } = [];

    /// <summary>Stages that are guarded.</summary>
    public IReadOnlyList<string> Stages { get; set; } = [];

    /// <summary>So many people other than the one who asks must agree. 0: nobody need.</summary>
    public int Approvals { get; set; }

    /// <summary>Quality, and fairness where that is measured.</summary>
    public IReadOnlyList<MetricBound> Metrics { get; set; } = [];

    /// <summary>A description, the data it was trained on and a licence must be written down.</summary>
    public bool Documentation { get; set; }

    /// <summary>Tags that must be there.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary><c>off</c>; <c>warn</c>: tell; <c>block</c>: refuse what is dangerous or cannot be read; <c>strict</c>: refuse what is unknown too.</summary>
    public string PickleScan { get; set; } = "off";

    public bool Guards(string kind, string target) =>
        (kind == "alias" ? Aliases : Stages).Contains(target, StringComparer.Ordinal);

    /// <summary>Every fault; none when the rules can be kept.</summary>
    public IReadOnlyList<Fault> Check()
    {
        List<Fault?> faults =
        [
            .. Aliases.Select(Names.Alias),
            .. Stages.Select((s, i) => Domain.Stages.Canonical(s).TryGet(out var canonical, out _) && canonical == s
                ? null
                : new Fault($"stages[{i}]", $"'{Names.Shown(s)}' is not a stage; use {string.Join(", ", Domain.Stages.All)}")),
            Approvals is < 0 or > 20 ? new Fault("approvals", "is not a number from 0 to 20") : null,
            PickleScan is "off" or "warn" or "block" or "strict" ? null : new Fault("pickleScan", $"'{Names.Shown(PickleScan)}' is none of off, warn, block, strict"),
            .. Metrics.SelectMany((m, i) => Bound($"metrics[{i}]", m)),
            .. Tags.Select((t, i) => Texts.Check($"tags[{i}]", t, 250, empty: false)),
            Aliases.Count + Stages.Count + Metrics.Count + Tags.Count > 200 ? new Fault("rules", "are more than 200; keep to what matters") : null,
        ];
        return [.. faults.OfType<Fault>()];
    }

    private static Fault?[] Bound(string path, MetricBound bound) =>
    [
        Texts.Check($"{path}.name", bound.Name ?? "", 250, empty: false),
        bound.Min is null && bound.Max is null ? new Fault(path, "bounds nothing; give min or max") : null,
        bound.Min > bound.Max || bound.Min is double.NaN || bound.Max is double.NaN ? new Fault(path, "no value is between its min and max") : null,
    ];
}

/// <param name="Rule">Which rule: <c>metric r2</c>, <c>documentation</c>, <c>pickle scan</c>.</param>
/// <param name="Passed">False stands in the way, unless <paramref name="Warning"/>.</param>
internal sealed record GateFinding(string Rule, bool Passed, string Message, bool Warning = false);
