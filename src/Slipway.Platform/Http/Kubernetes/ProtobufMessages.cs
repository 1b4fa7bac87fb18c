namespace Slipway.Platform.Http.Kubernetes;

internal enum ProtobufType
{
    Text,
    /// <summary>Base64 in JSON.</summary>
    Bytes,
    Integer,
    Flag,
    Message,
    TextList,
    MessageList,
    TextMap,
    BytesMap,
}

internal sealed record ProtobufField(string Name, ProtobufType Type, ProtobufMessage? Message = null);

internal sealed class ProtobufMessage(params (int Number, ProtobufField Field)[] fields)
{
    public IReadOnlyDictionary<int, ProtobufField> Fields { get; } = fields.ToDictionary(f => f.Number, f => f.Field);
}

/// <summary>The few kinds that kubectl's typed clients send, by the field numbers of k8s.io/api's generated.proto files.</summary>
internal static class ProtobufMessages
{
    private static readonly ProtobufMessage Owner = new(
        (1, Text("kind")), (3, Text("name")), (4, Text("uid")), (5, Text("apiVersion")), (6, Flag("controller")), (7, Flag("blockOwnerDeletion")));

    // Times and managed fields are the server's own and not read.
    private static readonly (int, ProtobufField) Metadata = (1, new ProtobufField("metadata", ProtobufType.Message, new ProtobufMessage(
        (1, Text("name")),
        (2, Text("generateName")),
        (3, Text("namespace")),
        (5, Text("uid")),
        (6, Text("resourceVersion")),
        (11, new ProtobufField("labels", ProtobufType.TextMap)),
        (12, new ProtobufField("annotations", ProtobufType.TextMap)),
        (13, new ProtobufField("ownerReferences", ProtobufType.MessageList, Owner)),
        (14, new ProtobufField("finalizers", ProtobufType.TextList)))));

    private static readonly Dictionary<(string ApiVersion, string Kind), ProtobufMessage> Known = new()
    {
        [("v1", "Namespace")] = new ProtobufMessage(
            Metadata, (2, Sub("spec", new ProtobufMessage((1, new ProtobufField("finalizers", ProtobufType.TextList))))), (3, Sub("status", new ProtobufMessage((1, Text("phase")))))),
        [("v1", "ConfigMap")] = new ProtobufMessage(
            Metadata, (2, new ProtobufField("data", ProtobufType.TextMap)), (3, new ProtobufField("binaryData", ProtobufType.BytesMap)), (4, Flag("immutable"))),
        [("v1", "Secret")] = new ProtobufMessage(
            Metadata, (2, new ProtobufField("data", ProtobufType.BytesMap)), (3, Text("type")), (4, new ProtobufField("stringData", ProtobufType.TextMap)), (5, Flag("immutable"))),
        [("v1", "DeleteOptions")] = new ProtobufMessage(
            (1, new ProtobufField("gracePeriodSeconds", ProtobufType.Integer)),
            (2, Sub("preconditions", new ProtobufMessage((1, Text("uid")), (2, Text("resourceVersion"))))),
            (3, Flag("orphanDependents")),
            (4, Text("propagationPolicy")),
            (5, new ProtobufField("dryRun", ProtobufType.TextList))),
        [("authorization.k8s.io/v1", "SelfSubjectAccessReview")] = new ProtobufMessage(Metadata, (2, Sub("spec", new ProtobufMessage(
            (1, Sub("resourceAttributes", new ProtobufMessage(
                (1, Text("namespace")), (2, Text("verb")), (3, Text("group")), (4, Text("version")), (5, Text("resource")), (6, Text("subresource")), (7, Text("name"))))),
            (2, Sub("nonResourceAttributes", new ProtobufMessage((1, Text("path")), (2, Text("verb")))))))),
            (3, Sub("status", new ProtobufMessage()))),
        [("authorization.k8s.io/v1", "SelfSubjectRulesReview")] = new ProtobufMessage(Metadata, (2, Sub("spec", new ProtobufMessage((1, Text("namespace")))))),
        [("authentication.k8s.io/v1", "SelfSubjectReview")] = new ProtobufMessage(Metadata),
    };

    public static ProtobufMessage? Find(string apiVersion, string kind) =>
        Known.GetValueOrDefault((kind == "DeleteOptions" ? "v1" : apiVersion, kind));

    private static ProtobufField Text(string name) => new(name, ProtobufType.Text);

    private static ProtobufField Flag(string name) => new(name, ProtobufType.Flag);

    private static ProtobufField Sub(string name, ProtobufMessage message) => new(name, ProtobufType.Message, message);
}
