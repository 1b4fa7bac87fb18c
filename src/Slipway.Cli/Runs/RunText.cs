using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;

namespace Slipway.Cli.Runs;

/// <summary>A run's JSON as lines for people.</summary>
internal static class RunText
{
    public static string Summary(JsonObject run)
    {
        var text = new StringBuilder();
        var table = new TextTable("STEP", "STATE", "TIME", "");
        foreach (var step in Steps(run))
        {
            table.Add(Text(step, "name"), Text(step, "state"), Took(step), Remark(step));
        }

        text.Append(table);
        foreach (var (name, value) in run["outputs"] as JsonObject ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"{name} = {value?.ToJsonString() ?? "null"}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"{Text(run, "state")} after {Took(run, "created")}\n").ToString();
    }

    public static IEnumerable<JsonObject> Steps(JsonObject run) => (run["steps"] as JsonArray ?? []).OfType<JsonObject>();

    public static string Text(JsonObject of, string name) => (string?)of[name] ?? "";

    /// <summary>Why it stands so, or where its result came from.</summary>
    public static string Remark(JsonObject step) =>
        Text(step, "cachedFrom") is { Length: > 0 } source ? $"cached: {source}"
        : Text(step, "error") is { Length: > 0 } error ? error.ReplaceLineEndings(" ")
        : Text(step, "state") == "Skipped" ? Text(step, "cause").ToLowerInvariant()
        : "";

    public static string Took(JsonObject of, string since = "started") =>
        DateTimeOffset.TryParse(Text(of, since), CultureInfo.InvariantCulture, out var started) && DateTimeOffset.TryParse(Text(of, "finished"), CultureInfo.InvariantCulture, out var finished)
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (finished - started).TotalSeconds):0.000} s")
            : "";
}
