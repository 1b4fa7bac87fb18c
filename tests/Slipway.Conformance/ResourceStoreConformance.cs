using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Xunit;
using static Slipway.Conformance.TestResources;

namespace Slipway.Conformance;

/// <summary>What every <see cref="IResourceStore"/> keeps to, on each database.</summary>
public abstract partial class ResourceStoreConformance(DatabaseEngine engine) : IAsyncLifetime
{
    private static readonly WriteOptions Alice = new("alice");
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly ManualTimeProvider _time = new();
    private TestFloor _floor = null!;
    private TestResources _resources = null!;

    private IResourceStore Store => _resources.Store;

    public async ValueTask InitializeAsync()
    {
        _floor = await TestFloor.CreateAsync(engine, _time);
        _resources = await TestResources.CreateAsync(_floor);
    }

    public async ValueTask DisposeAsync()
    {
        await _floor.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Create_FillsWhatTheServerKeeps()
    {
        var made = await MakeAsync("a");

        Assert.NotEmpty(made.Uid);
        Assert.Equal(1, made.Generation);
        Assert.Equal("red", (string?)made.Spec["color"]);
        Assert.EndsWith("Z", (string?)made.Metadata["creationTimestamp"], StringComparison.Ordinal);
        Assert.Equal((await _floor.Events.HeadAsync(None)).ToString(System.Globalization.CultureInfo.InvariantCulture), made.ResourceVersion);
        Assert.True(JsonNode.DeepEquals(made.Json, (await Store.GetAsync(Widget, "default", "a", None)).OrThrow().Json));
    }

    [Fact]
    public async Task NumbersSetInCode_ReadAsAnyNumberType()
    {
        var answer = (await Store.CreateAsync(Widget, NewWidget("a", new JsonObject { ["size"] = 3 }), new WriteOptions("alice", DryRun: true), None)).OrThrow();

        Assert.Equal((3L, 3, 3.0, 1L), ((long?)answer.Spec["size"], (int?)answer.Spec["size"], (double?)answer.Spec["size"], answer.Generation));
    }

    [Fact]
    public async Task Create_TwiceTheSameName_AlreadyExists()
    {
        await MakeAsync("a");

        Assert.Equal(ProblemCode.AlreadyExists, (await Store.CreateAsync(Widget, NewWidget("a"), Alice, None)).Problem!.Code);
    }

    [Fact]
    public async Task Create_InMissingNamespace_NotFound()
    {
        Assert.Equal(ProblemCode.NotFound, (await Store.CreateAsync(Widget, NewWidget("a", ns: "nowhere"), Alice, None)).Problem!.Code);
    }

    [Fact]
    public async Task Create_WithGenerateName_MakesUniqueNames()
    {
        var names = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            var widget = NewWidget("");
            widget.Metadata["generateName"] = "w-";
            names.Add((await Store.CreateAsync(Widget, widget, Alice, None)).OrThrow().Name);
        }

        Assert.Equal(20, names.Count);
        Assert.All(names, n => Assert.Matches("^w-[a-z0-9]{5}$", n));
    }

    [Theory]
    [InlineData("{\"size\":0}", "spec.size")]
    [InlineData("{\"size\":\"big\"}", "spec.size")]
    [InlineData("{\"color\":\"pink\"}", "spec.color")]
    [InlineData("{\"note\":\"forbidden\"}", "spec.note")]
    [InlineData("{\"parts\":[{\"weight\":1}]}", "spec.parts[0].name")]
    [InlineData("{\"parts\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "spec.parts[1]")]
    public async Task Create_BreakingARule_IsRefusedByPath(string spec, string path)
    {
        var refused = await Store.CreateAsync(Widget, NewWidget("a", (JsonObject)JsonNode.Parse(spec)!), Alice, None);

        Assert.Equal(ProblemCode.Invalid, refused.Problem!.Code);
        Assert.Contains(refused.Problem.Faults, f => f.Path == path);
        Assert.Equal(ProblemCode.NotFound, (await Store.GetAsync(Widget, "default", "a", None)).Problem!.Code);
    }

    [Fact]
    public async Task UnknownField_Strict_IsRefused_NotStrict_IsDroppedWithAWarning()
    {
        var spec = new JsonObject { ["sise"] = 1 };
        var warnings = new List<string>();

        var refused = await Store.CreateAsync(Widget, NewWidget("a", (JsonObject)spec.DeepClone()), Alice, None);
        var made = await Store.CreateAsync(Widget, NewWidget("a", spec), new WriteOptions("alice", Strict: false) { Warn = warnings.Add }, None);

        Assert.Contains("unknown field \"spec.sise\"", refused.Problem!.Message, StringComparison.Ordinal);
        Assert.Null(made.OrThrow().Spec["sise"]);
        Assert.Equal(["unknown field \"spec.sise\""], warnings);
    }

    [Fact]
    public async Task Update_WithAStaleVersion_Conflicts_AndChangesNothing()
    {
        var first = await MakeAsync("a");
        var second = first.Clone();
        first.Spec["size"] = 2;
        second.Spec["size"] = 3;
        await Store.UpdateAsync(Widget, first, Alice, None);

        var refused = await Store.UpdateAsync(Widget, second, Alice, None);

        Assert.Equal(ProblemCode.Conflict, refused.Problem!.Code);
        Assert.Equal(2, (int?)(await GetAsync("a")).Spec["size"]);
    }

    [Fact]
    public async Task Update_OfTheSpec_CountsTheGeneration_OfLabelsDoesNot()
    {
        var widget = await MakeAsync("a");
        widget.Spec["size"] = 2;
        widget = (await Store.UpdateAsync(Widget, widget, Alice, None)).OrThrow();
        Assert.Equal(2, widget.Generation);

        widget.Metadata["labels"] = new JsonObject { ["x"] = "y" };
        Assert.Equal(2, (await Store.UpdateAsync(Widget, widget, Alice, None)).OrThrow().Generation);
    }

    [Fact]
    public async Task StatusAndSpec_AreWrittenApart()
    {
        var widget = await MakeAsync("a");
        widget.Status["phase"] = "Ready";
        widget.Spec["size"] = 9;

        var status = (await Store.UpdateStatusAsync(Widget, widget.Clone(), Alice, None)).OrThrow();
        Assert.Equal(("Ready", 1, 1L), ((string?)status.Status["phase"], (int?)status.Spec["size"], status.Generation));

        status.Status["phase"] = "Broken";
        status.Spec["size"] = 9;
        var spec = (await Store.UpdateAsync(Widget, status, Alice, None)).OrThrow();
        Assert.Equal(("Ready", 9, 2L), ((string?)spec.Status["phase"], (int?)spec.Spec["size"], spec.Generation));
    }

    [Fact]
    public async Task WritingTheSameAgain_MakesNoEvent()
    {
        var widget = await MakeAsync("a");
        var head = await _floor.Events.HeadAsync(None);
        _time.Advance(TimeSpan.FromHours(1));

        var again = (await Store.UpdateAsync(Widget, widget, Alice, None)).OrThrow();
        await Store.UpdateStatusAsync(Widget, widget, Alice, None);
        await Store.PatchAsync(Widget, "default", "a", PatchType.Merge, new JsonObject(), null, Alice, None);

        Assert.Equal(widget.ResourceVersion, again.ResourceVersion);
        Assert.Equal(head, await _floor.Events.HeadAsync(None));
    }

    [Fact]
    public async Task DryRun_AnswersButKeepsNothing()
    {
        var dry = new WriteOptions("alice", DryRun: true);
        var head = await _floor.Events.HeadAsync(None);

        Assert.True((await Store.CreateAsync(Widget, NewWidget("a"), dry, None)).Succeeded);
        Assert.Equal(head, await _floor.Events.HeadAsync(None));

        await MakeAsync("a");
        head = await _floor.Events.HeadAsync(None);
        var patched = await Store.PatchAsync(Widget, "default", "a", PatchType.Merge, JsonNode.Parse("""{"spec":{"size":5}}""")!, null, dry, None);
        Assert.Equal((5, 2L), ((int?)patched.OrThrow().Spec["size"], patched.Value.Generation));
        await Store.DeleteAsync(Widget, "default", "a", new DeleteOptions("alice", DryRun: true), None);
        Assert.Equal(1, (int?)(await GetAsync("a")).Spec["size"]);
        Assert.Equal(head, await _floor.Events.HeadAsync(None));
    }

    [Fact]
    public async Task EveryChange_IsOneEventWithTheWholeObject()
    {
        var head = await _floor.Events.HeadAsync(None);
        var widget = await MakeAsync("a");
        widget.Spec["size"] = 2;
        await Store.UpdateAsync(Widget, widget, Alice, None);
        await Store.DeleteAsync(Widget, "default", "a", new DeleteOptions("alice"), None);

        var events = await _floor.Events.ReadAsync(head, new EventFilter("resource."), 10, None);

        Assert.Equal(["resource.added", "resource.modified", "resource.deleted"], events.Select(e => e.Type));
        Assert.All(events, e => Assert.Equal(("default", "test.slipway.dev/v1/widgets/a"), (e.Namespace, e.Subject)));
        Assert.Equal([1, 2, 2], events.Select(e => (int?)JsonNode.Parse(e.Payload.Span)!["spec"]!["size"] ?? 0));
    }

    [Fact]
    public async Task Delete_WithAFinalizer_WaitsUntilItIsTakenOff()
    {
        var widget = NewWidget("a");
        widget.Metadata["finalizers"] = new JsonArray("test/hold");
        await Store.CreateAsync(Widget, widget, Alice, None);

        var marked = (await Store.DeleteAsync(Widget, "default", "a", new DeleteOptions("alice"), None)).OrThrow();
        Assert.True(marked.IsDeleting);

        var more = marked.Clone();
        more.Metadata["finalizers"] = new JsonArray("test/hold", "test/more");
        Assert.Equal(ProblemCode.Invalid, (await Store.UpdateAsync(Widget, more, Alice, None)).Problem!.Code);

        marked.Metadata["finalizers"] = new JsonArray();
        await Store.UpdateAsync(Widget, marked, Alice, None);
        Assert.Equal(ProblemCode.NotFound, (await Store.GetAsync(Widget, "default", "a", None)).Problem!.Code);
    }

    [Fact]
    public async Task Delete_WithAPreconditionThatFails_Conflicts()
    {
        await MakeAsync("a");

        var refused = await Store.DeleteAsync(Widget, "default", "a", new DeleteOptions("alice") { PreconditionUid = "other" }, None);

        Assert.Equal(ProblemCode.Conflict, refused.Problem!.Code);
    }

    [Theory]
    [InlineData(PatchType.Merge, """{"spec":{"parts":[{"name":"b"}]}}""", "b")]
    [InlineData(PatchType.Strategic, """{"spec":{"parts":[{"name":"b"}]}}""", "a,b")]
    [InlineData(PatchType.Strategic, """{"spec":{"parts":[{"name":"a","$patch":"delete"}]}}""", "")]
    [InlineData(PatchType.Json, """[{"op":"add","path":"/spec/parts/0","value":{"name":"b"}}]""", "b,a")]
    public async Task Patch_MergesAsItsTypeSays(PatchType type, string patch, string parts)
    {
        await Store.CreateAsync(Widget, NewWidget("a", (JsonObject)JsonNode.Parse("""{"parts":[{"name":"a","weight":1}]}""")!), Alice, None);

        var patched = (await Store.PatchAsync(Widget, "default", "a", type, JsonNode.Parse(patch)!, null, Alice, None)).OrThrow();

        Assert.Equal(parts, string.Join(',', patched.Spec["parts"]!.AsArray().Select(p => (string?)p!["name"])));
    }

    [Theory]
    [InlineData(PatchType.Merge, """{"metadata":{"name":"b"}}""")]
    [InlineData(PatchType.Merge, """{"metadata":{"name":7}}""")]
    [InlineData(PatchType.Merge, """{"metadata":null}""")]
    [InlineData(PatchType.Merge, """[]""")]
    [InlineData(PatchType.Json, """[{"op":"remove","path":"/nothing"}]""")]
    [InlineData(PatchType.Json, """[{"op":"replace","path":"","value":3}]""")]
    [InlineData(PatchType.Json, """{}""")]
    [InlineData(PatchType.Strategic, """[1]""")]
    [InlineData(PatchType.Apply, """{"apiVersion":"test.slipway.dev/v1","kind":"Widget","metadata":{"name":"b"}}""")]
    [InlineData(PatchType.Apply, """{"apiVersion":"test.slipway.dev/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"parts":5}}""")]
    [InlineData(PatchType.Apply, """{"apiVersion":"test.slipway.dev/v1","kind":"Widget","metadata":{"name":"a","labels":[1]}}""")]
    public async Task Patch_ThatMakesNoSense_IsInvalid(PatchType type, string patch)
    {
        var before = await MakeAsync("a");

        var refused = await Store.PatchAsync(Widget, "default", "a", type, JsonNode.Parse(patch)!, null, new WriteOptions("alice") { Force = true }, None);

        Assert.Equal(ProblemCode.Invalid, refused.Problem!.Code);
        Assert.True(JsonNode.DeepEquals(before.Json, (await GetAsync("a")).Json));
    }

    [Fact]
    public async Task ConcurrentConditionalUpdates_ApplyExactlyTheSuccessfulOnes()
    {
        var widget = NewWidget("a", new JsonObject { ["extra"] = new JsonObject { ["count"] = 0 } });
        await Store.CreateAsync(Widget, widget, Alice, None);
        var successes = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (_, cancellation) =>
        {
            var current = (await Store.GetAsync(Widget, "default", "a", cancellation)).OrThrow();
            current.Spec["extra"]!["count"] = (int)current.Spec["extra"]!["count"]! + 1;
            var answer = await Store.UpdateAsync(Widget, current, Alice, cancellation);
            if (answer.Succeeded)
            {
                Interlocked.Increment(ref successes);
            }
            else
            {
                Assert.Equal(ProblemCode.Conflict, answer.Problem.Code);
            }
        });

        Assert.InRange(successes, 1, 1000);
        Assert.Equal(successes, (int?)(await GetAsync("a")).Spec["extra"]!["count"]);
        Assert.Equal(1 + successes, (await GetAsync("a")).Generation);
    }

    private async Task<Resource> MakeAsync(string name) => (await Store.CreateAsync(Widget, NewWidget(name), Alice, None)).OrThrow();

    private async Task<Resource> GetAsync(string name) => (await Store.GetAsync(Widget, "default", name, None)).OrThrow();
}
