using Slipway.Platform.Resources.Schemas;

namespace Slipway.Serving.Kinds;

/// <summary>The status: KServe's members, and what is live down to the model version.</summary>
internal static class InferenceServiceStatusSchema
{
    public static Schema Build() => Schema.Object(
        "Observed state",
        ("observedGeneration", Schema.Integer("The generation that the rest was observed at")),
        ("url", Schema.String("Base URL of the service")),
        ("address", Schema.Object("Where callers inside reach it", ("url", Schema.String("Base URL of the service")))),
        ("conditions", Schema.Conditions()),
        ("components", Schema.Object("State per component", ("predictor", Predictor()), ("transformer", Code("The transformer")), ("explainer", Code("The explainer")))),
        ("modelStatus", ModelStatus()),
        ("canaryStatuses", Schema.Array("State per canary", Schema.Object(
            "One canary",
            ("name", Schema.String("Name of its predictor")),
            ("ready", Schema.Boolean("Whether it takes its share")),
            ("revisionName", Schema.String("Its revision")),
            ("modelVersion", Schema.Integer("Its model version")),
            ("trafficPercent", Schema.Integer("The share it has now")),
            ("message", Schema.String("Why it is not ready"))))),
        ("traffic", Schema.Array("Every loaded revision and its share of the requests", Schema.Object(
            "One revision",
            ("revisionName", Schema.String("Revision")),
            ("modelVersion", Schema.Integer("Model version")),
            ("percent", Schema.Integer("Share of the requests it answers")),
            ("role", Schema.String("stable, canary, mirror or kept: loaded and not routed").OneOf("stable", "canary", "mirror", "kept"))))),
        ("observedModelVersion", Schema.Integer("Model version of the stable revision")),
        ("observedAliasSequence", Schema.Integer("Sequence of the alias assignment that the stable revision was resolved from")));

    private static Schema Predictor() => Schema.Object(
        "The predictor",
        ("url", Schema.String("Base URL")),
        ("latestCreatedRevision", Schema.String("Newest revision, ready or not")),
        ("latestReadyRevision", Schema.String("Newest revision that was ready")),
        ("latestRolledoutRevision", Schema.String("Newest revision that had all traffic")),
        ("previousRolledoutRevision", Schema.String("The one that had all traffic before")),
        ("traffic", Schema.Array("Shares", Schema.Object(
            "One share",
            ("revisionName", Schema.String("Revision")),
            ("percent", Schema.Integer("Share of the requests")),
            ("tag", Schema.String("prev or latest")),
            ("url", Schema.String("Where this revision alone answers, with tag routing or a Rollout")),
            ("latestRevision", Schema.Boolean("Whether it is the newest"))))));

    private static Schema Code(string what) => Schema.Object(
        what,
        ("latestCreatedRevision", Schema.String("Newest revision, ready or not")),
        ("latestReadyRevision", Schema.String("Newest revision that was ready")),
        ("latestRolledoutRevision", Schema.String("The one that answers")));

    private static Schema ModelStatus() => Schema.Object(
        "State of loading",
        ("transitionStatus", Schema.String("UpToDate, InProgress, BlockedByFailedLoad or InvalidSpec")),
        ("states", Schema.Object(
            "Per role",
            ("activeModelState", Schema.String("State of the model that answers")),
            ("targetModelState", Schema.String("State of the model that is wanted")))),
        ("copies", Schema.Object("Copies", ("failedCopies", Schema.Integer("Failed")), ("totalCopies", Schema.Integer("Loaded")))),
        ("lastFailureInfo", Schema.Object(
            "Why the wanted model is not the one that answers",
            ("reason", Schema.String("One word")),
            ("message", Schema.String("In words")),
            ("modelRevisionName", Schema.String("Which revision")),
            ("time", Schema.Time("When")))));
}
