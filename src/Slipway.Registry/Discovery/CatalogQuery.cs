using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Discovery;

/// <param name="Operator">One of &gt;, &gt;=, &lt;, &lt;=, =.</param>
internal sealed record MetricCondition(string Name, string Operator, double Value);

/// <summary>What is looked for in the catalog; everything given must hold.</summary>
internal sealed partial record CatalogQuery
{
    private const int MostConditions = 20;
    private const int LongestValue = 1_000;

    /// <summary>In the model's name or description, the version's description, or the value of a tag; case does not count.</summary>
    public string? Text { get; init; }

    /// <summary>Tag and value; null is any value.</summary>
    public IReadOnlyList<(string Key, string? Value)> Tags { get; init; } = [];

    public IReadOnlyList<MetricCondition> Metrics { get; init; } = [];

    /// <summary>Kind of fact and its key: <c>dataset</c>, <c>input</c>, <c>output</c>, <c>flavor</c>, <c>view</c>, <c>framework</c>.</summary>
    public IReadOnlyList<(string Kind, string Key)> Facts { get; init; } = [];

    /// <summary>Kind (input or output) and OIP datatype.</summary>
    public IReadOnlyList<(string Kind, string Datatype)> Types { get; init; } = [];

    public string? Owner { get; init; }

    public string? Stage { get; init; }

    public string? Alias { get; init; }

    public int Limit { get; init; } = 50;

    public long Offset { get; init; }

    /// <summary>From <c>?text=&amp;tag=k=v&amp;metric=r2&gt;=0.8&amp;framework=&amp;owner=&amp;input=NAME&amp;inputType=FP32&amp;output=&amp;outputType=&amp;dataset=&amp;stage=&amp;alias=&amp;limit=&amp;offset=</c>.</summary>
    public static Result<CatalogQuery> Read(IQueryCollection query)
    {
        var faults = new List<Fault>();
        foreach (var (name, values) in query)
        {
            if (!Known.Contains(name, StringComparer.Ordinal))
            {
                faults.Add(new Fault(Names.Shown(name), $"is nothing to search by; use {string.Join(", ", Known)}"));
            }

            faults.AddRange(values.Select(v => Texts.Check(Names.Shown(name), v ?? "", LongestValue)).OfType<Fault>());
        }

        var read = new CatalogQuery
        {
            Text = Single(query, "text"),
            Owner = Single(query, "owner"),
            Alias = Single(query, "alias"),
            Stage = StageOf(query, faults),
            Tags = [.. Values(query, "tag").Select(Tag)],
            Metrics = [.. Values(query, "metric").Select(m => Metric(m, faults)).OfType<MetricCondition>()],
            Facts =
            [
                .. Values(query, "framework").Select(f => (SearchFacts.Framework, f.ToLowerInvariant())), .. Values(query, "dataset").Select(f => (SearchFacts.Dataset, f)),
                .. Values(query, "input").Select(f => (SearchFacts.Input, f)), .. Values(query, "output").Select(f => (SearchFacts.Output, f)),
                .. Values(query, "flavor").Select(f => (SearchFacts.Flavor, f)), .. Values(query, "view").Select(f => (SearchFacts.View, f)),
            ],
            Types = [.. Values(query, "inputType").Select(t => (SearchFacts.Input, t.ToUpperInvariant())), .. Values(query, "outputType").Select(t => (SearchFacts.Output, t.ToUpperInvariant()))],
            Limit = Number(query, "limit", 1, 500, 50, faults),
            Offset = Number(query, "offset", 0, 1_000_000, 0, faults),
        };
        if (read.Tags.Count + read.Metrics.Count + read.Facts.Count + read.Types.Count > MostConditions)
        {
            faults.Add(new Fault("query", $"has more than {MostConditions} conditions"));
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : read;
    }

    private static readonly string[] Known =
    [
        "text", "tag", "metric", "framework", "owner", "input", "inputType", "output", "outputType", "dataset", "flavor", "view", "stage", "alias", "limit", "offset",
    ];

    private static string? Single(IQueryCollection query, string name) => Values(query, name).FirstOrDefault();

    private static string[] Values(IQueryCollection query, string name) => [.. query[name].OfType<string>().Where(v => v.Length > 0)];

    private static (string Key, string? Value) Tag(string tag) =>
        tag.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? (tag[..at], tag[(at + 1)..]) : (tag, null);

    private static MetricCondition? Metric(string text, List<Fault> faults)
    {
        var match = MetricPattern().Match(text);
        if (match.Success && double.TryParse(match.Groups[3].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
        {
            return new MetricCondition(match.Groups[1].Value.Trim(), match.Groups[2].Value, value);
        }

        faults.Add(new Fault("metric", $"'{Names.Shown(text)}' is no condition; write name>=0.8"));
        return null;
    }

    private static string? StageOf(IQueryCollection query, List<Fault> faults)
    {
        if (Single(query, "stage") is not { } stage)
        {
            return null;
        }

        if (Stages.Canonical(stage).TryGet(out var canonical, out var problem))
        {
            return canonical;
        }

        faults.Add(new Fault("stage", problem.Message));
        return null;
    }

    private static int Number(IQueryCollection query, string name, int least, int most, int absent, List<Fault> faults)
    {
        if (Single(query, name) is not { } text)
        {
            return absent;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        faults.Add(new Fault(name, $"'{Names.Shown(text)}' is not a number from {least} to {most}"));
        return absent;
    }

    [GeneratedRegex(@"\A(.{1,250}?)(>=|<=|>|<|=)\s*([-+0-9.eE]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex MetricPattern();
}
