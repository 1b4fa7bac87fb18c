using System.Globalization;
using System.Text;

namespace Slipway.Platform.Telemetry;

/// <summary>Prometheus' text exposition format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 << 10);

    /// <param name="families">Several instruments may carry one name, of different meters; they share one header.</param>
    /// <param name="scrape">Observed values that are older are left out.</param>
    public void Write(IReadOnlyList<MetricFamily> families, long scrape)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        var first = families[0];
        foreach (var family in families.Where(f => f.Kind == first.Kind))
        {
            foreach (var series in family.Series)
            {
                if ((family.IsObservable && series is LastSeries last && last.Seen != scrape) || !written.Add(series.Labels))
                {
                    continue;
                }

                if (written.Count == 1)
                {
                    Header(first.Name, first.Help, first.Kind.ToString().ToLowerInvariant());
                }

                Write(first.Name, series);
            }
        }
    }

    public void Single(string name, string help, string type, double value)
    {
        Header(name, help, type);
        Sample(name, "", value);
    }

    public override string ToString() => _text.ToString();

    private void Write(string name, MetricSeries series)
    {
        switch (series)
        {
            case SumSeries sum:
                Sample(name, sum.Labels, sum.Value);
                break;
            case LastSeries last:
                Sample(name, last.Labels, last.Value);
                break;
            case HistogramSeries histogram:
                Write(name, histogram);
                break;
        }
    }

    private void Write(string name, HistogramSeries histogram)
    {
        var comma = histogram.Labels.Length > 0 ? "," : "";
        var (counts, total) = (histogram.Counts(), 0L);
        for (var i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            var bound = i < histogram.Bounds.Length ? Number(histogram.Bounds[i]) : "+Inf";
            Sample(name + "_bucket", $"{histogram.Labels}{comma}le=\"{bound}\"", total);
        }

        Sample(name + "_sum", histogram.Labels, histogram.Sum);
        Sample(name + "_count", histogram.Labels, total);
    }

    private void Header(string name, string help, string type)
    {
        if (help.Length > 0)
        {
            _text.Append("# HELP ").Append(name).Append(' ');
            MetricLabels.Escape(_text, help, quotes: false);
            _text.Append('\n');
        }

        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    private void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
