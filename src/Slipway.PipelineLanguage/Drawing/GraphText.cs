using System.Text;

namespace Slipway.PipelineLanguage.Drawing;

/// <summary>The graph as lines of text, one task a line, what it waits for behind it, graphs in graphs indented.</summary>
public static class GraphText
{
    private const int MostNote = 100;

    public static string Of(IReadOnlyList<GraphNode> nodes)
    {
        var text = new StringBuilder();
        Write(text, nodes, "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, IReadOnlyList<GraphNode> nodes, string indent)
    {
        foreach (var (index, node) in nodes.Index())
        {
            var last = index == nodes.Count - 1;
            text.Append(indent).Append(last ? "└─ " : "├─ ").Append(node.Name);
            if (node.Kind != "task")
            {
                text.Append(" (").Append(node.Kind).Append(')');
            }

            if (node.Upstream.Count > 0)
            {
                text.Append(" ← ").AppendJoin(", ", node.Upstream);
            }

            foreach (var note in node.Notes)
            {
                text.Append(" [").Append(note.Length <= MostNote ? note : note[..(MostNote - 3)] + "...").Append(']');
            }

            text.Append('\n');
            Write(text, node.Inside, indent + (last ? "   " : "│  "));
        }
    }
}
