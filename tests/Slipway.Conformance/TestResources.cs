using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Slipway.Platform.Resources.Schemas;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Conformance;

/// <summary>The real resource store on a <see cref="TestFloor"/>, with the namespace <c>default</c> made and the collector at hand.</summary>
public sealed class TestResources
{
    private readonly GarbageCollector _collector;
    private readonly HistoryCompactor _compactor;

    private TestResources(TestFloor floor, KindCatalog kinds)
    {
        var store = new ResourceStore(floor.Database, floor.Events, floor.Time, new Random(7));
        (Store, Kinds) = (store, kinds);
        _collector = new GarbageCollector(store, kinds, floor.Database, floor.Events, floor.Time, NullLogger<GarbageCollector>.Instance);
        _compactor = new HistoryCompactor(floor.Database, floor.Time, NullLogger<HistoryCompactor>.Instance);
    }

    /// <summary>A kind with a bit of everything: lists by key, limits, defaults, status, columns.</summary>
    public static ResourceKind Widget { get; } = new()
    {
        Group = "test.slipway.dev",
        Version = "v1",
        Kind = "Widget",
        Plural = "widgets",
        ShortNames = ["wd"],
        Categories = ["all"],
        Description = "Widget is what the tests build.",
        Schema = Schema.Object(
            "",
            ("spec", Schema.Object(
                "Wanted state",
                ("size", Schema.Integer("How large").Min(1).Max(100)),
                ("color", Schema.String("Which color").OneOf("red", "green", "blue").Default("red")),
                ("note", Schema.String("Anything")),
                ("replicas", Schema.Integer("How many").Min(0)),
                ("parts", Schema.MapList("What it is made of", "name", Schema.Object(
                    "One part",
                    ("name", Schema.String("Unique").Required()),
                    ("weight", Schema.Integer("In grams")),
                    ("note", Schema.String("Anything"))))),
                ("tags", Schema.Array("Words, as one value", Schema.String(""))),
                ("extra", Schema.Anything("Free form")))),
            ("status", Schema.Object(
                "Observed state",
                ("phase", Schema.String("Where it stands")),
                ("conditions", Schema.Conditions())))).ToJson(),
        Columns =
        [
            new PrinterColumn("Size", ".spec.size", "integer", "How large"),
            new PrinterColumn("Ready", ".status.conditions[?(@.type=='Ready')].status", "string", "Whether it is ready"),
            new PrinterColumn("Color", ".spec.color", "string", "Which color", Wide: true),
        ],
        Validate = obj => (string?)obj["spec"]?["note"] == "forbidden" ? [new Slipway.Kernel.Problems.Fault("spec.note", "must not be forbidden")] : [],
    };

    /// <summary>A cluster-wide kind without status.</summary>
    public static ResourceKind Depot { get; } = new()
    {
        Group = "test.slipway.dev",
        Version = "v1",
        Kind = "Depot",
        Plural = "depots",
        Namespaced = false,
        HasStatus = false,
        Description = "Depot is where widgets are kept.",
        Schema = Schema.Object("", ("spec", Schema.Object("Wanted state", ("street", Schema.String("Where"))))).ToJson(),
    };

    public IResourceStore Store { get; }

    public KindCatalog Kinds { get; }

    public static async Task<TestResources> CreateAsync(TestFloor floor, params IEnumerable<ResourceKind> kinds)
    {
        var made = new TestResources(floor, new KindCatalog([.. CoreKinds.All, Widget, Depot, .. kinds]));
        await new DefaultNamespace(made.Store).StartAsync(CancellationToken.None);
        return made;
    }

    /// <summary>One pass of the garbage collector, to its end.</summary>
    public Task<int> CollectAsync() => _collector.PassAsync(CancellationToken.None);

    /// <summary>Forgets every replaced body older than <paramref name="before"/>.</summary>
    public async Task CompactAsync(DateTimeOffset before) => (await _compactor.CompactAsync(before, CancellationToken.None)).OrThrow();

    public static Resource NewWidget(string name, JsonObject? spec = null, string ns = "default")
    {
        var widget = Resource.Create(Widget, ns, name);
        widget.Json["spec"] = spec ?? new JsonObject { ["size"] = 1 };
        return widget;
    }
}
