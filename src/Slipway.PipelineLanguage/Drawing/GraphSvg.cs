using System.Globalization;
using System.Net;
using System.Text;

namespace Slipway.PipelineLanguage.Drawing;

/// <summary>The graph as an SVG picture of its own: levels from left to right, an arrow for each wait, graphs in graphs as boxes around their tasks.</summary>
public static class GraphSvg
{
    private const int NodeHeight = 34;
    private const int GapX = 56;
    private const int GapY = 14;
    private const int Pad = 16;
    private const int Head = 22;
    private const int LetterWidth = 7;

    private const string Style = """
        text{font:12px system-ui,sans-serif;fill:#1c2733}.note{font-size:10px;fill:#5b6b7c}rect{fill:#fff;stroke:#8aa0b6;rx:6}.loop,.graph{fill:#f4f7fa;stroke-dasharray:4 3}
        .loop{stroke:#b07a1e}.importer{stroke:#2f8f5b}.component{stroke:#3c6fd1}path{fill:none;stroke:#8aa0b6;stroke-width:1.4}marker path{fill:#8aa0b6}
        @media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9fb0c0}rect{fill:#1b2733}.loop,.graph{fill:#141d26}}
        """;

    public static string Of(IReadOnlyList<GraphNode> nodes, string title)
    {
        var body = new StringBuilder();
        var (width, height) = Measure(nodes);
        Draw(body, nodes, Pad, Pad);
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + (2 * Pad)} {height + (2 * Pad)}" width="{width + (2 * Pad)}" height="{height + (2 * Pad)}" role="img">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <style>{Style.ReplaceLineEndings("")}</style>
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
            {body}</svg>

            """);
    }

    private static void Draw(StringBuilder svg, IReadOnlyList<GraphNode> nodes, int left, int top)
    {
        var places = new Dictionary<string, (int X, int Y, int Width, int Height)>(StringComparer.Ordinal);
        var x = left;
        foreach (var level in nodes.GroupBy(n => n.Level).OrderBy(l => l.Key))
        {
            var y = top;
            foreach (var node in level)
            {
                var (width, height) = Measure(node);
                places[node.Name] = (x, y, width, height);
                y += height + GapY;
            }

            x += level.Max(n => Measure(n).Width) + GapX;
        }

        foreach (var node in nodes)
        {
            var to = places[node.Name];
            foreach (var from in node.Upstream.Where(places.ContainsKey).Select(up => places[up]))
            {
                var (x1, y1, x2, y2) = (from.X + from.Width, from.Y + (Math.Min(from.Height, NodeHeight) / 2), to.X, to.Y + (Math.Min(to.Height, NodeHeight) / 2));
                svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1} {y1}C{x1 + (GapX / 2)} {y1} {x2 - (GapX / 2)} {y2} {x2} {y2}\" marker-end=\"url(#arrow)\"/>\n");
            }
        }

        foreach (var node in nodes)
        {
            var (nx, ny, width, height) = places[node.Name];
            svg.Append(CultureInfo.InvariantCulture, $"<g><title>{WebUtility.HtmlEncode(string.Join('\n', node.Notes.Prepend($"{node.Path} ({node.Kind})")))}</title>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"{node.Kind}\" x=\"{nx}\" y=\"{ny}\" width=\"{width}\" height=\"{height}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{nx + 10}\" y=\"{ny + 21}\">{WebUtility.HtmlEncode(node.Name)}</text></g>\n");
            Draw(svg, node.Inside, nx + Pad, ny + Head + Pad);
        }
    }

    private static (int Width, int Height) Measure(GraphNode node)
    {
        var own = Math.Max(90, 24 + (LetterWidth * node.Name.Length));
        if (node.Inside.Count == 0)
        {
            return (own, NodeHeight);
        }

        var (width, height) = Measure(node.Inside);
        return (Math.Max(own, width + (2 * Pad)), height + Head + (2 * Pad));
    }

    private static (int Width, int Height) Measure(IReadOnlyList<GraphNode> nodes)
    {
        var levels = nodes.GroupBy(n => n.Level).Select(l => (Width: l.Max(n => Measure(n).Width), Height: l.Sum(n => Measure(n).Height + GapY) - GapY)).ToList();
        return levels.Count == 0 ? (0, 0) : (levels.Sum(l => l.Width + GapX) - GapX, levels.Max(l => l.Height));
    }
}
