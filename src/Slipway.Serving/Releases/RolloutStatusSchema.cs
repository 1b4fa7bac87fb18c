using Slipway.Platform.Resources.Schemas;

namespace Slipway.Serving.Releases;

/// <summary>What a Rollout tells of itself.</summary>
internal static class RolloutStatusSchema
{
    public static Schema Build() => Schema.Object(
        "Observed state",
        ("observedGeneration", Schema.Integer("The generation that the rest was observed at")),
        ("phase", Schema.String("Idle, Progressing, Watching or Refused").OneOf("Idle", "Progressing", "Watching", "Refused")),
        ("paused", Schema.Boolean("Whether nothing happens by itself")),
        ("message", Schema.String("The last decision in words")),
        ("released", Revision("What answers")),
        ("candidate", Revision("On trial, or taken back when the phase is Refused")),
        ("former", Revision("Released before; undo goes back to it")),
        ("step", Schema.Integer("Index into spec.steps, from 0")),
        ("stepStarted", Schema.Time("When the present step or the watch began")),
        ("lastLook", Schema.Time("When the figures were last looked at")),
        ("figures", Schema.Object("What was measured since the step began", ("released", Figures()), ("candidate", Figures()))),
        ("shadow", Schema.Object(
            "Mirrored requests: the candidate's answers beside those that callers got",
            ("compared", Schema.Integer("Requests")),
            ("agreement", Schema.Number("Share of the requests with the same outputs")),
            ("meanDifference", Schema.Number("Mean absolute difference of the numbers")),
            ("maxDifference", Schema.Number("Largest absolute difference")),
            ("meanLatencyGapMs", Schema.Number("Mean of the candidate's time minus that of the one that answered")))),
        ("analyses", Schema.Array("The last look", Finding())),
        ("history", Schema.Array("The last decisions, newest last", Schema.Object(
            "One decision",
            ("time", Schema.Time("When")),
            ("kind", Schema.String("What was decided")),
            ("actor", Schema.String("Who decided")),
            ("reason", Schema.String("Why, with the figures")),
            ("released", Schema.String("Revision that answers from then on")),
            ("candidate", Schema.String("Revision on trial from then on, or taken back")),
            ("percent", Schema.Integer("The candidate's share from then on")),
            ("evidence", Schema.Array("The figures", Finding()))))),
        ("conditions", Schema.Conditions()));

    private static Schema Revision(string description) => Schema.Object(
        description,
        ("revisionName", Schema.String("Revision")),
        ("modelVersion", Schema.Integer("Model version")),
        ("percent", Schema.Integer("Share of the requests")),
        ("mirrorPercent", Schema.Integer("Share of the requests that it also runs, unseen")));

    private static Schema Figures() => Schema.Object(
        "One revision's, over all replicas",
        ("requests", Schema.Integer("Runs of the model")),
        ("errors", Schema.Integer("Runs that failed")),
        ("errorRate", Schema.Number("Errors by requests")),
        ("meanMs", Schema.Number("Milliseconds")),
        ("p50Ms", Schema.Number("Milliseconds")),
        ("p95Ms", Schema.Number("Milliseconds")),
        ("p99Ms", Schema.Number("Milliseconds")));

    private static Schema Finding() => Schema.Object(
        "One figure against its limit",
        ("metric", Schema.String("Which figure")),
        ("value", Schema.Number("The candidate's")),
        ("baseline", Schema.Number("The released revision's")),
        ("limit", Schema.String("What was allowed")),
        ("samples", Schema.Integer("How many it rests on")),
        ("minSamples", Schema.Integer("How many it needs")),
        ("verdict", Schema.String("passed, failed or open")));
}
