using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Platform.Resources.Printing;

namespace Slipway.Platform.Tests.Resources;

public sealed class PrintingTests
{
    [Theory]
    [InlineData(5, "5s")]
    [InlineData(119, "119s")]
    [InlineData(125, "2m5s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((3 * 3600) + 120, "3h2m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData((3 * 86400) + 7200, "3d2h")]
    [InlineData(100 * 86400, "100d")]
    [InlineData(3 * 365 * 86400, "3y")]
    public void Age_ReadsAsInKubectl(int seconds, string text) => Assert.Equal(text, Age.Of(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(".status.conditions[?(@.type=='Ready')].status", "True")]
    [InlineData(".spec.parts[*].name", "a")]
    [InlineData(".spec.parts[-1].name", "b")]
    [InlineData(".metadata.annotations['x.y/z']", "1")]
    [InlineData(@".metadata.annotations.x\.y/z", "1")]
    [InlineData(".spec.nothing[0].more", null)]
    public void ColumnPath_FindsTheValue(string path, string? expected)
    {
        var obj = (JsonObject)JsonNode.Parse(
            """{"metadata":{"annotations":{"x.y/z":"1"}},"spec":{"parts":[{"name":"a"},{"name":"b"}]},"status":{"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]}}""")!;

        Assert.Equal(expected, (string?)ColumnPath.Parse(path).Find(obj));
    }

    [Theory]
    [InlineData("status")]
    [InlineData(".a[")]
    [InlineData(".a[?(x)]")]
    public void ColumnPath_ThatCannotBeRead_IsAFormatError(string path) => Assert.Throws<FormatException>(() => ColumnPath.Parse(path));

    [Fact]
    public void Row_HasNameColumnsAndAge()
    {
        var widget = TestResources.NewWidget("a", new JsonObject { ["size"] = 3 }).Json;
        widget["metadata"]!["creationTimestamp"] = "2024-01-01T00:00:00Z";
        var table = new TableRenderer(TestResources.Widget);

        Assert.Equal(["Name", "Size", "Ready", "Color", "Age"], table.Definitions().Select(d => (string?)d!["name"]));
        Assert.Equal("""["a",3,"","","5m"]""", table.Row(widget, RowObject.None, new DateTimeOffset(2024, 1, 1, 0, 5, 0, TimeSpan.Zero))["cells"]!.ToJsonString());
    }
}
