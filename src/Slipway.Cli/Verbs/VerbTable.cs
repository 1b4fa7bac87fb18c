using System.CommandLine;
using Slipway.Cli.Terminal;

namespace Slipway.Cli.Verbs;

/// <summary>Every verb by name. A start builds only the one that was asked for; help and completion build all.</summary>
internal static class VerbTable
{
    public static IReadOnlyList<(string Name, Func<CliContext, Command> Create)> All { get; } =
    [
        ("up", UpVerb.Create),
        ("demo", DemoVerb.Create),
        ("loop", LoopVerb.Create),
        ("run", RunVerb.Create),
        ("apply", ApplyVerb.Create),
        ("get", GetVerb.Create),
        ("describe", DescribeVerb.Create),
        ("delete", DeleteVerb.Create),
        ("diff", DiffVerb.Create),
        ("wait", WaitVerb.Create),
        ("deploy", DeployVerb.Create),
        ("rollout", RolloutVerb.Create),
        ("logs", LogsVerb.Create),
        ("pipeline", PipelineVerb.Create),
        ("schedule", ScheduleVerb.Create),
        ("score", ScoreVerb.Create),
        ("explain", ExplainVerb.Create),
        ("data", DataVerb.Create),
        ("drift", DriftVerb.Create),
        ("import", ImportVerb.Create),
        ("export", ExportVerb.Create),
        ("audit", AuditVerb.Create),
        ("kubeconfig", KubeconfigVerb.Create),
        ("version", VersionVerb.Create),
        ("completion", CompletionVerb.Create),
    ];
}
