using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Schemas;

/// <summary>The schema of <c>metadata</c>, the same for every kind.</summary>
public static class ObjectMetaSchema
{
    private static readonly JsonObject Whole = Build();

    public static JsonObject ToJson() => (JsonObject)Whole.DeepClone();

    private static JsonObject Build()
    {
        var managed = Schema.Object(
            "Which fields one manager owns",
            ("manager", Schema.String("Who writes")),
            ("operation", Schema.String("Apply or Update")),
            ("apiVersion", Schema.String("The version that the fields were written in")),
            ("time", Schema.Time("When the manager last changed its fields")),
            ("fieldsType", Schema.String("FieldsV1")),
            ("fieldsV1", Schema.Anything("The fields as a tree")),
            ("subresource", Schema.String("status when written through it")));
        var owner = Schema.Object(
            "An object that this one goes with",
            ("apiVersion", Schema.String("API version of the owner").Required()),
            ("kind", Schema.String("Kind of the owner").Required()),
            ("name", Schema.String("Name of the owner").Required()),
            ("uid", Schema.String("Uid of the owner").Required()),
            ("controller", Schema.Boolean("Whether the owner is the managing controller").Nullable()),
            ("blockOwnerDeletion", Schema.Boolean("Whether foreground deletion of the owner waits for this object").Nullable()));
        var json = Schema.Object(
            "Name, labels and bookkeeping of the object",
            ("name", Schema.String("Unique within kind and namespace; cannot be changed")),
            ("generateName", Schema.String("Prefix of a unique name that the server makes when name is empty")),
            ("namespace", Schema.String("The namespace the object lives in")),
            ("labels", Schema.Map("Keys and values to select objects by", Schema.String(""))),
            ("annotations", Schema.Map("Keys and values for tools", Schema.String(""))),
            ("finalizers", Schema.Array("What has to happen before the object is removed", Schema.String(""))),
            ("ownerReferences", Schema.MapList("Objects that this one goes with", "uid", owner)),
            ("uid", Schema.String("Unique over all objects and all time; set by the server")),
            ("resourceVersion", Schema.String("Changes with every change; sent back, it makes a write conditional")),
            ("generation", Schema.Integer("Counts changes of the wanted state; set by the server")),
            ("creationTimestamp", Schema.Time("When the object was created; set by the server").Nullable()),
            ("deletionTimestamp", Schema.Time("When deletion was asked for; set by the server").Nullable()),
            ("deletionGracePeriodSeconds", Schema.Integer("Seconds left to end in; set by the server").Nullable()),
            ("selfLink", Schema.String("No longer set")),
            ("managedFields", Schema.Array("Who owns which field; kept by the server", managed))).ToJson();
        json["properties"]!["finalizers"]!["x-kubernetes-list-type"] = "set";
        return json;
    }
}
