using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Xunit;
using static Slipway.Conformance.TestResources;

namespace Slipway.Conformance;

public abstract partial class ResourceStoreConformance
{
    [Fact]
    public async Task Apply_CreatesAndThenOwnsExactlyItsFields()
    {
        var made = (await ApplyAsync("alice", """{"size":3,"note":"x"}""")).OrThrow();

        Assert.Equal("red", (string?)made.Spec["color"]);
        var entry = Assert.Single(made.Metadata["managedFields"]!.AsArray())!;
        Assert.Equal(("alice", "Apply"), ((string?)entry["manager"], (string?)entry["operation"]));
        Assert.Equal("""{"f:spec":{"f:note":{},"f:size":{}}}""", entry["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_DroppingAFieldThatItOwned_RemovesIt()
    {
        await ApplyAsync("alice", """{"size":3,"note":"x","parts":[{"name":"a"},{"name":"b","weight":2}]}""");

        var left = (await ApplyAsync("alice", """{"size":3,"parts":[{"name":"b"}]}""")).OrThrow();

        Assert.Null(left.Spec["note"]);
        Assert.Equal("""[{"name":"b"}]""", left.Spec["parts"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_OfAFieldThatAnotherOwns_ConflictsNamingBoth_AndForceTakesIt()
    {
        await ApplyAsync("alice", """{"size":3,"note":"x"}""");

        var refused = await ApplyAsync("bob", """{"size":4}""");
        Assert.Equal(ProblemCode.Conflict, refused.Problem!.Code);
        var fault = Assert.Single(refused.Problem.Faults);
        Assert.Equal((".spec.size", "conflict with \"alice\""), (fault.Path, fault.Message));

        var taken = (await ApplyAsync("bob", """{"size":4}""", force: true)).OrThrow();
        Assert.Equal(4, (int?)taken.Spec["size"]);
        Assert.Equal("""{"f:spec":{"f:note":{}}}""", FieldsOf(taken, "alice"));
        Assert.Equal("""{"f:spec":{"f:size":{}}}""", FieldsOf(taken, "bob"));
    }

    [Fact]
    public async Task Apply_OfTheSameValue_SharesTheField_AndItStaysUntilTheLastOwnerDropsIt()
    {
        await ApplyAsync("alice", """{"size":3,"note":"x"}""");
        Assert.True((await ApplyAsync("bob", """{"note":"x"}""")).Succeeded);

        Assert.Equal("x", (string?)(await ApplyAsync("alice", """{"size":3}""")).OrThrow().Spec["note"]);
        Assert.Null((await ApplyAsync("bob", "{}")).OrThrow().Spec["note"]);
    }

    [Fact]
    public async Task Apply_TwoManagersOfOneMapList_KeepTheirOwnItems()
    {
        await ApplyAsync("alice", """{"parts":[{"name":"a","weight":1}]}""");
        var both = (await ApplyAsync("bob", """{"parts":[{"name":"b","weight":2}]}""")).OrThrow();
        Assert.Equal(2, both.Spec["parts"]!.AsArray().Count);

        var one = (await ApplyAsync("alice", "{}")).OrThrow();
        Assert.Equal("""[{"name":"b","weight":2}]""", one.Spec["parts"]!.ToJsonString());
    }

    [Fact]
    public async Task Update_TakesOverWhatItChanges()
    {
        var widget = (await ApplyAsync("alice", """{"size":3,"note":"x"}""")).OrThrow();
        widget.Spec["size"] = 5;
        var updated = (await Store.UpdateAsync(Widget, widget, new WriteOptions("carol"), None)).OrThrow();

        Assert.Equal("""{"f:spec":{"f:note":{}}}""", FieldsOf(updated, "alice"));
        Assert.Equal("""{"f:spec":{"f:size":{}}}""", FieldsOf(updated, "carol"));
        Assert.Equal("conflict with \"carol\" using test.slipway.dev/v1", Assert.Single((await ApplyAsync("alice", """{"size":3,"note":"x"}""")).Problem!.Faults).Message);
    }

    [Fact]
    public async Task Apply_Again_MakesNoEvent()
    {
        await ApplyAsync("alice", """{"size":3,"parts":[{"name":"a","weight":1}],"tags":["x"],"extra":{"a":{"b":[1,2]}}}""");
        await ApplyAsync("bob", """{"note":"x"}""");
        var head = await _floor.Events.HeadAsync(None);
        _time.Advance(TimeSpan.FromHours(1));

        await ApplyAsync("alice", """{"size":3,"parts":[{"name":"a","weight":1}],"tags":["x"],"extra":{"a":{"b":[1,2]}}}""");
        await ApplyAsync("bob", """{"note":"x"}""");

        Assert.Equal(head, await _floor.Events.HeadAsync(None));
    }

    [Fact]
    public async Task Apply_ToTheStatus_IsTrackedApart()
    {
        await ApplyAsync("alice", """{"size":3}""");
        var patch = JsonNode.Parse("""{"apiVersion":"test.slipway.dev/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":9},"status":{"phase":"Ready"}}""")!;

        var answer = (await Store.PatchAsync(Widget, "default", "a", PatchType.Apply, patch, "status", new WriteOptions("ctl"), None)).OrThrow();

        Assert.Equal((3, "Ready"), ((int?)answer.Spec["size"], (string?)answer.Status["phase"]));
        var entry = answer.Metadata["managedFields"]!.AsArray().Single(e => (string?)e!["manager"] == "ctl")!;
        Assert.Equal(("status", """{"f:status":{"f:phase":{}}}"""), ((string?)entry["subresource"], entry["fieldsV1"]!.ToJsonString()));
    }

    private static string FieldsOf(Resource resource, string manager) =>
        resource.Metadata["managedFields"]!.AsArray().Single(e => (string?)e!["manager"] == manager)!["fieldsV1"]!.ToJsonString();

    private Task<Result<Resource>> ApplyAsync(string manager, string spec, bool force = false) => Store.PatchAsync(
        Widget, "default", "a", PatchType.Apply, NewWidget("a", (JsonObject)JsonNode.Parse(spec)!).Json, null, new WriteOptions(manager) { Force = force }, None);
}
