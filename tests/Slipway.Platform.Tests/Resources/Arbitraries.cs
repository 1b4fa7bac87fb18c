using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace Slipway.Platform.Tests.Resources;

/// <summary>Random values for property tests, small enough that shapes meet.</summary>
internal static class Arbitraries
{
    private static readonly string[] Names = ["a", "b", "name", "spec", "op", "path", "value", "metadata", "status", "$patch", "/", "~"];

    /// <summary>Any JSON, a few levels deep, over few names so that random documents overlap.</summary>
    public static Arbitrary<JsonNode?> Json() => Gen.Sized(size => Node(Math.Min(size, 4))).ToArbitrary();

    public static Arbitrary<JsonObject> Object() => Gen.Sized(size => Members(Math.Min(size, 4))).ToArbitrary();

    /// <summary>A spec of the kind Widget: mostly valid, sometimes absent members.</summary>
    public static Arbitrary<JsonObject> WidgetSpec()
    {
        var part = from name in Gen.Elements("a", "b", "c") from weight in Gen.Choose(0, 2) select (name, weight);
        var spec =
            from size in Gen.Choose(0, 3)
            from color in Gen.Elements("", "red", "green")
            from parts in part.ListOf()
            from tags in Gen.Elements("x", "y").ListOf()
            from extra in Members(2)
            select Build(size, color, parts, tags, extra);
        return spec.ToArbitrary();
    }

    private static JsonObject Build(int size, string color, IEnumerable<(string Name, int Weight)> parts, IEnumerable<string> tags, JsonObject extra)
    {
        var spec = new JsonObject();
        if (size > 0)
        {
            spec["size"] = size;
        }

        if (color.Length > 0)
        {
            spec["color"] = color;
        }

        var items = parts.DistinctBy(p => p.Name).Select(p => p.Weight == 0
            ? new JsonObject { ["name"] = p.Name }
            : new JsonObject { ["name"] = p.Name, ["weight"] = p.Weight }).ToArray<JsonNode>();
        if (items.Length > 0)
        {
            spec["parts"] = new JsonArray(items);
        }

        spec["tags"] = new JsonArray([.. tags.Take(2).Select(t => JsonValue.Create(t))]);
        if (extra.Count > 0)
        {
            spec["extra"] = extra.DeepClone();
        }

        return spec;
    }

    private static Gen<JsonNode?> Node(int depth)
    {
        var scalar = Gen.OneOf(
            Gen.Choose(-2, 9).Select(i => (JsonNode?)JsonValue.Create(i)),
            Gen.Elements("", "x", "/a", "add", "delete").Select(s => (JsonNode?)JsonValue.Create(s)),
            Gen.Elements(true, false).Select(b => (JsonNode?)JsonValue.Create(b)),
            Gen.Constant<JsonNode?>(null));
        return depth <= 0
            ? scalar
            : Gen.OneOf(scalar, Members(depth).Select(o => (JsonNode?)o), Node(depth - 1).ListOf().Select(l => (JsonNode?)new JsonArray([.. l.Take(4).Select(n => n?.DeepClone())])));
    }

    private static Gen<JsonObject> Members(int depth) =>
        (from name in Gen.Elements(Names) from value in Node(depth - 1) select (name, value)).ListOf().Select(pairs =>
        {
            var obj = new JsonObject();
            foreach (var (name, value) in pairs.Take(4))
            {
                obj[name] = value?.DeepClone();
            }

            return obj;
        });
}
