using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Resources.Kinds;

/// <summary>The kinds of the core group that every server has: what kubectl takes for granted.</summary>
public static class CoreKinds
{
    /// <summary>Made at start; cannot be deleted.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>As in Kubernetes: what fits into one object of etcd.</summary>
    private const int MostDataBytes = 1024 * 1024;

    public static ResourceKind Namespace { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Namespace",
        Plural = "namespaces",
        ShortNames = ["ns"],
        Namespaced = false,
        Description = "Namespace is a workspace and a tenant: the scope of names, of quotas and of who may do what.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object("Wanted state", ("finalizers", Schema.Array("What has to be done before the namespace goes", Schema.String(""))))),
            ("status", Schema.Object("Observed state", ("phase", Schema.String("Active or Terminating").OneOf("Active", "Terminating")), ("conditions", Schema.Conditions())))).ToJson(),
        Columns = [new PrinterColumn("Status", ".status.phase", "string", "Active or Terminating")],
        Normalise = obj =>
        {
            if (obj["status"] is null or JsonObject { Count: 0 })
            {
                obj["status"] = new JsonObject { ["phase"] = "Active" };
            }

            if (obj["metadata"] is JsonObject metadata && metadata["name"] is JsonValue name)
            {
                var labels = metadata["labels"] as JsonObject;
                if (labels is null && metadata["labels"] is null)
                {
                    metadata["labels"] = labels = [];
                }

                labels?["kubernetes.io/metadata.name"] = name.DeepClone();
            }
        },
    };

    public static ResourceKind ConfigMap { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "ConfigMap",
        Plural = "configmaps",
        ShortNames = ["cm"],
        HasStatus = false,
        Description = "ConfigMap holds configuration for workloads to read.",
        Schema = Schema.Object(
            "",
            ("data", Schema.Map("UTF-8 text by key", Schema.String(""))),
            ("binaryData", Schema.Map("Bytes by key, base64", Schema.Bytes(""))),
            ("immutable", Schema.Boolean("When true the data can no longer be changed"))).ToJson(),
        Columns = [],
        Validate = obj => CheckData(obj, "data", "binaryData"),
    };

    public static ResourceKind Secret { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Secret",
        Plural = "secrets",
        HasStatus = false,
        Description = "Secret holds small confidential values for workloads to read.",
        Schema = Schema.Object(
            "",
            ("type", Schema.String("What the data is for").Default("Opaque")),
            ("data", Schema.Map("Bytes by key, base64", Schema.Bytes(""))),
            ("stringData", Schema.Map("Text by key; only written, it is stored in data", Schema.String(""))),
            ("immutable", Schema.Boolean("When true the data can no longer be changed"))).ToJson(),
        Columns = [new PrinterColumn("Type", ".type", "string", "What the data is for")],
        Normalise = FoldStringData,
        Validate = obj => CheckData(obj, "data"),
    };

    public static ResourceKind Event { get; } = new()
    {
        Group = "",
        Version = "v1",
        Kind = "Event",
        Plural = "events",
        ShortNames = ["ev"],
        HasStatus = false,
        Description = "Event says that something noteworthy happened to an object; kubectl describe shows them.",
        Schema = Schema.Object(
            "",
            ("involvedObject", Schema.Object(
                "What it is about",
                ("apiVersion", Schema.String("")),
                ("kind", Schema.String("")),
                ("namespace", Schema.String("")),
                ("name", Schema.String("")),
                ("uid", Schema.String("")),
                ("resourceVersion", Schema.String("")),
                ("fieldPath", Schema.String(""))).Required()),
            ("reason", Schema.String("One word in CamelCase for programs")),
            ("message", Schema.String("The same for people")),
            ("type", Schema.String("Normal or Warning")),
            ("source", Schema.Object("Who reports, old form", ("component", Schema.String("")), ("host", Schema.String("")))),
            ("firstTimestamp", Schema.Time("When it was first seen").Nullable()),
            ("lastTimestamp", Schema.Time("When it was last seen").Nullable()),
            ("eventTime", Schema.Time("When it was first seen, in microseconds").Nullable()),
            ("count", Schema.Integer("How often it was seen")),
            ("action", Schema.String("What was done")),
            ("reportingComponent", Schema.String("Who reports")),
            ("reportingInstance", Schema.String("Which of them")),
            ("related", Schema.Anything("A second object, for actions that have one")),
            ("series", Schema.Anything("For events that go on happening"))).ToJson(),
        Columns =
        [
            new PrinterColumn("Last Seen", ".lastTimestamp", "date", "When it was last seen"),
            new PrinterColumn("Type", ".type", "string", "Normal or Warning"),
            new PrinterColumn("Reason", ".reason", "string", "One word for programs"),
            new PrinterColumn("Object", ".involvedObject.name", "string", "What it is about"),
            new PrinterColumn("Message", ".message", "string", "The same for people"),
        ],
    };

    public static IReadOnlyList<ResourceKind> All { get; } = [Namespace, ConfigMap, Secret, Event];

    private static void FoldStringData(JsonObject obj)
    {
        if (obj["stringData"] is not JsonObject text)
        {
            return;
        }

        var data = obj["data"] as JsonObject ?? [];
        foreach (var (key, value) in text.ToList())
        {
            if (value is not JsonValue scalar || !scalar.TryGetValue<string>(out var plain))
            {
                // Left in place, so that the schema names the path.
                return;
            }

            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(plain));
        }

        obj["data"] = data.Parent is null ? data : data.DeepClone();
        obj.Remove("stringData");
    }

    private static List<Fault> CheckData(JsonObject obj, params ReadOnlySpan<string> members)
    {
        var faults = new List<Fault>();
        var total = 0L;
        foreach (var member in members)
        {
            foreach (var (key, value) in obj[member] as JsonObject ?? [])
            {
                total += ((string?)value)?.Length ?? 0;
                if (key.Length is 0 or > 253 || key is "." or ".." || !key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
                {
                    faults.Add(new Fault($"{member}[{key}]", "Invalid value: a key is at most 253 letters, digits, '-', '_' or '.', and becomes a file name"));
                }
            }
        }

        if (total > MostDataBytes * 4L / 3)
        {
            faults.Add(new Fault(members[0], $"Too long: may not be more than {MostDataBytes} bytes; keep large content in the object store"));
        }

        return faults;
    }
}
