using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Slipway.Conformance;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Fields;
using Slipway.Platform.Resources.Schemas;

namespace Slipway.Platform.Tests.Resources;

public sealed class ServerSideApplyTests
{
    private static readonly StructuralSchema Schema = TestResources.Widget.SchemaOf();

    [Fact]
    public void FieldSet_ReadsBackWhatItWrote() => Prop.ForAll(Arbitraries.WidgetSpec(), spec =>
    {
        var set = FieldSets.Of(new JsonObject { ["spec"] = spec.DeepClone() }, Schema, parents: true);
        return set.SameAs(FieldSet.Parse(set.ToJson())!);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void FieldSet_ReadFromAnything_NeverThrows() =>
        Prop.ForAll(Arbitraries.Json(), json => _ = FieldSet.Parse(json)).QuickCheckThrowOnFailure();

    [Fact]
    public void OneManager_ApplyingTwice_LeavesExactlyTheSecond() => Prop.ForAll(Arbitraries.WidgetSpec(), Arbitraries.WidgetSpec(), (first, second) =>
    {
        var one = Apply(new Applied([], []), "alice", first);
        var two = Apply(one, "alice", second);
        return JsonNode.DeepEquals(two.Object["spec"] ?? new JsonObject(), second) && two.Managers.Count(m => m.Name == "alice") <= 1;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WhatTheOtherOwns_OutlivesTheFirstManagersRetreat() => Prop.ForAll(Arbitraries.WidgetSpec(), Arbitraries.WidgetSpec(), (mine, theirs) =>
    {
        var state = Apply(Apply(new Applied([], []), "alice", mine), "bob", theirs);
        var left = Apply(state, "alice", []);
        // Bob applied last and by force: each of his fields reads as he wrote it.
        return FieldChanges.Between(Only(theirs), left.Object, Schema).Written.Intersect(FieldSets.Of(Only(theirs), Schema)).IsEmpty
            && FieldChanges.Between(Only(theirs), left.Object, Schema).Removed.IsEmpty;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void MembersThatNobodyOwns_OutliveTheRetreatOfTheirNeighboursOwner()
    {
        var live = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "w" }, ["spec"] = new JsonObject { ["color"] = "red" } };
        var wanted = new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["a"] = "1" } }, ["spec"] = new JsonObject { ["note"] = "mine" },
        };
        var applied = ServerSideApply.Run(live, wanted, [], Schema, Writer("alice", "Apply"), force: true).OrThrow();
        Assert.Equal("1", (string?)applied.Object["metadata"]!["annotations"]!["a"]);
        var left = ServerSideApply.Run(applied.Object, [], applied.Managers, Schema, Writer("alice", "Apply"), force: true).OrThrow();
        Assert.True(JsonNode.DeepEquals(live, left.Object), left.Object.ToJsonString());
    }

    [Fact]
    public void Update_NoFieldIsOwnedThatIsNotThere() => Prop.ForAll(Arbitraries.WidgetSpec(), Arbitraries.WidgetSpec(), (before, after) =>
    {
        var created = UpdateTracking.Track([], [], Only(before), Schema, Writer("alice", "Update"));
        var updated = UpdateTracking.Track(created, Only(before), Only(after), Schema, Writer("bob", "Update"));
        var there = FieldSets.Of(Only(after), Schema, parents: true);
        return updated.All(m => m.Fields.Except(there).IsEmpty);
    }).QuickCheckThrowOnFailure();

    private static JsonObject Only(JsonObject spec) => new() { ["spec"] = spec.DeepClone() };

    private static Manager Writer(string name, string operation) => new(name, operation, "test.slipway.dev/v1", "") { Fields = new FieldSet() };

    private static Applied Apply(Applied state, string manager, JsonObject spec) => ServerSideApply.Run(
        state.Object, spec.Count == 0 ? [] : Only(spec), state.Managers, Schema, Writer(manager, "Apply"), force: true).OrThrow();
}
