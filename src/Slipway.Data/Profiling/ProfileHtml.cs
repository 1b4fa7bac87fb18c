using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Data.Profiling;

/// <summary>A profile as one page that needs nothing else: a row per column, with bars for what is missing and for frequent values.</summary>
internal static class ProfileHtml
{
    private const string Head = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Profile</title><style>
        body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#1f2933;background:#fff}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.45rem .7rem;border-bottom:1px solid #e4e7eb;vertical-align:top}th{font-weight:600;background:#f5f7fa}
        td.n{text-align:right;font-variant-numeric:tabular-nums}.bar{display:inline-block;height:.6em;background:#3e7cb1;border-radius:2px;margin-right:.4em}
        .kind{color:#52606d}ul{margin:0;padding:0;list-style:none}
        @media(prefers-color-scheme:dark){body{background:#14181d;color:#d9e0e8}th{background:#1f262e}th,td{border-color:#2c3640}.kind{color:#8fa1b3}}
        </style></head><body>
        """;

    private const double BarWidth = 120;

    public static string Of(JsonObject profile)
    {
        var rows = Number(profile["rows"]) ?? 0;
        var columns = profile["columns"] as JsonArray ?? [];
        var html = new StringBuilder(Head);
        html.Append(CultureInfo.InvariantCulture, $"<h1>Profile</h1><p>{rows:N0} rows, {columns.Count} columns</p>");
        html.Append("<table><thead><tr><th>Column</th><th>Missing</th><th>Distinct</th><th>Min</th><th>Mean</th><th>Max</th><th>Std</th>"
            + "<th>Quantiles or frequent values</th></tr></thead><tbody>");
        foreach (var column in columns.OfType<JsonObject>())
        {
            Row(html, column, rows);
        }

        return html.Append("</tbody></table></body></html>").ToString();
    }

    private static void Row(StringBuilder html, JsonObject column, double rows)
    {
        html.Append($"<tr><td><b>{Text(column["column"])}</b><br><span class=\"kind\">{Text(column["kind"])}</span></td>");
        html.Append($"<td>{Bar(Number(column["missing"]) ?? 0, rows)}{Text(column["missing"])}</td>");
        foreach (var member in (string[])["distinct", "min", "mean", "max", "std"])
        {
            html.Append($"<td class=\"n\">{Text(column[member])}</td>");
        }

        html.Append("<td><ul>");
        foreach (var (mark, value) in column["quantiles"] as JsonObject ?? [])
        {
            html.Append($"<li>{WebUtility.HtmlEncode(mark)}: {Text(value)}</li>");
        }

        foreach (var top in (column["top"] as JsonArray ?? []).OfType<JsonObject>())
        {
            html.Append($"<li>{Bar(Number(top["count"]) ?? 0, rows)}{Text(top["value"])} ({Text(top["count"])})</li>");
        }

        html.Append("</ul></td></tr>");
    }

    private static string Bar(double part, double whole) => part > 0 && whole > 0
        ? $"<span class=\"bar\" style=\"width:{(BarWidth * part / whole).ToString("0.#", CultureInfo.InvariantCulture)}px\"></span>"
        : "";

    private static double? Number(JsonNode? node) => node is JsonValue value && double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Numbers with six figures, everything else as it is; always escaped.</summary>
    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number && Number(value) is { } number && number != Math.Floor(number) =>
            number.ToString("G6", CultureInfo.InvariantCulture),
        _ => WebUtility.HtmlEncode(node.ToString()),
    };
}
