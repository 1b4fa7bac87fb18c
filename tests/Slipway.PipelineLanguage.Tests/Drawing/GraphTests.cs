using System.Xml.Linq;
using Slipway.PipelineLanguage.Drawing;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.PipelineLanguage.Tests.Drawing;

public sealed class GraphTests
{
    [Fact]
    public void Text_ShowsTasksInOrder_WithWaitsAndGraphsInside() => Assert.Equal(
        """
        ├─ exit-handler-6 (graph)
        │  ├─ importer (importer)
        │  ├─ for-loop-4 (loop) [for pipelinechannel--loop-item-param-4 in [{"a": "x"}, {"a": "y"}]]
        │  │  └─ use
        │  ├─ make ← importer [retries 2]
        │  ├─ condition-branches-1 (graph) ← make
        │  │  ├─ condition-2 (graph) [if int(inputs.parameter_values['pipelinechannel--make-number']) < 10]
        │  │  │  └─ use
        │  │  └─ condition-3 (graph) [if !(int(inputs.parameter_values['pipelinechannel--make-number']) < 10)]
        │  │     └─ use
        │  ├─ for-loop-5 (loop) ← make [for item in list]
        │  │  └─ use
        │  └─ use ← condition-branches-1
        └─ finish ← exit-handler-6 [always]

        """.ReplaceLineEndings("\n"),
        GraphText.Of(GraphLayout.Of(Sample.Everything)));

    [Fact]
    public void Svg_IsWellFormed_AndHasABoxForEveryTask_AndAnArrowForEveryWait()
    {
        var nodes = GraphLayout.Of(Sample.Everything);
        var svg = XDocument.Parse(GraphSvg.Of(nodes, "a <b> & \"c\""));
        XNamespace ns = "http://www.w3.org/2000/svg";

        Assert.Equal(Count(nodes), svg.Descendants(ns + "rect").Count());
        Assert.Equal(Waits(nodes), svg.Descendants(ns + "path").Count(p => p.Attribute("marker-end") is not null));
        Assert.Equal("a <b> & \"c\"", svg.Root!.Element(ns + "title")!.Value);
    }

    [Fact]
    public void Boxes_DoNotOverlap_WithinAGraph()
    {
        var svg = XDocument.Parse(GraphSvg.Of(GraphLayout.Of(PipelineReader.Read(Sample.WithTasks(
            "a: {componentRef: {name: comp}}\nb: {componentRef: {name: comp}}\nc: {componentRef: {name: comp}, dependentTasks: [a, b]}\nd: {componentRef: {name: comp}, dependentTasks: [c]}"), "p").OrThrow().Spec), "t"));
        var boxes = svg.Descendants("{http://www.w3.org/2000/svg}rect").Select(r => (X: (int)r.Attribute("x")!, Y: (int)r.Attribute("y")!, W: (int)r.Attribute("width")!, H: (int)r.Attribute("height")!)).ToList();

        Assert.Equal(4, boxes.Count);
        Assert.DoesNotContain(boxes, a => boxes.Any(b => a != b && a.X < b.X + b.W && b.X < a.X + a.W && a.Y < b.Y + b.H && b.Y < a.Y + a.H));
    }

    [Fact]
    public void Circles_AreDrawn_NotFollowed()
    {
        var nodes = GraphLayout.Of(PipelineReader.Read(Sample.WithTasks("a: {componentRef: {name: comp}, dependentTasks: [b]}\nb: {componentRef: {name: comp}, dependentTasks: [a]}"), "p").OrThrow().Spec);

        Assert.Equal(2, nodes.Count);
        XDocument.Parse(GraphSvg.Of(nodes, "t"));
    }

    private static int Count(IReadOnlyList<GraphNode> nodes) => nodes.Sum(n => 1 + Count(n.Inside));

    private static int Waits(IReadOnlyList<GraphNode> nodes) => nodes.Sum(n => n.Upstream.Count + Waits(n.Inside));
}
