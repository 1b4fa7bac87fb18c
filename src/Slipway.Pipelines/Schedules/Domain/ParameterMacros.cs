using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>
/// Fills in <c>[[ScheduledTime]]</c>, <c>[[CurrentTime]]</c> (both also with a layout after a dot, in Go's way: <c>[[ScheduledTime.2006-01-02]]</c>),
/// <c>[[Index]]</c> and <c>[[RunUUID]]</c> in the text parameters of a recurring run. What is not one of these stays as it is.
/// </summary>
internal sealed partial record ParameterMacros(DateTimeOffset Scheduled, DateTimeOffset Now, long Index, string RunId)
{
    private const string DefaultLayout = "20060102150405";

    // Longest first where one is the beginning of another.
    private static readonly (string Go, string Net)[] Layouts =
    [
        ("2006", "yyyy"), ("January", "MMMM"), ("Monday", "dddd"), ("Jan", "MMM"), ("Mon", "ddd"), ("01", "MM"), ("02", "dd"), ("15", "HH"), ("03", "hh"), ("04", "mm"),
        ("05", "ss"), ("06", "yy"), ("PM", "tt"), ("Z07:00", "'Z'"), ("-07:00", "'+00:00'"), ("MST", "'UTC'"), (".000000", ".ffffff"), (".000", ".fff"),
    ];

    public JsonObject Fill(JsonObject parameters) => (JsonObject)FillNode(parameters)!;

    public string Fill(string text) => Macro().Replace(text, match => Value(match.Groups[1].Value) ?? match.Value);

    private JsonNode? FillNode(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, FillNode(m.Value)))),
        JsonArray items => new JsonArray([.. items.Select(FillNode)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Fill(text)),
        _ => node?.DeepClone(),
    };

    private string? Value(string macro)
    {
        var (name, layout) = macro.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? (macro[..dot], macro[(dot + 1)..]) : (macro, DefaultLayout);
        return name switch
        {
            "ScheduledTime" => Format(Scheduled, layout),
            "CurrentTime" => Format(Now, layout),
            "Index" when macro == name => Index.ToString(CultureInfo.InvariantCulture),
            "RunUUID" when macro == name => RunId,
            _ => null,
        };
    }

    private static string Format(DateTimeOffset time, string layout)
    {
        var text = new StringBuilder();
        for (var at = 0; at < layout.Length;)
        {
            var rest = layout.AsSpan(at);
            var (go, net) = ("", "");
            foreach (var candidate in Layouts)
            {
                if (rest.StartsWith(candidate.Go, StringComparison.Ordinal))
                {
                    (go, net) = candidate;
                    break;
                }
            }

            text.Append(go.Length == 0 ? rest[..1].ToString() : time.UtcDateTime.ToString(net.Length == 1 ? $"%{net}" : net, CultureInfo.InvariantCulture));
            at += Math.Max(1, go.Length);
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\[\[([A-Za-z][^\[\]]{0,60})\]\]", RegexOptions.CultureInvariant)]
    private static partial Regex Macro();
}
