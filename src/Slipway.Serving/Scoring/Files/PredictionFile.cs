using System.Globalization;
using System.Text;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;

namespace Slipway.Serving.Scoring.Files;

/// <summary>
/// The predictions so far, one line per row, appended to. Doubles are written so that they read back to the last bit. Nobody else may have it open, so two runs
/// on one output cannot mix.
/// </summary>
internal sealed class PredictionFile : IDisposable
{
    public const string Name = "predictions.csv";

    private readonly FileStream _file;
    private readonly StringBuilder _lines = new();

    /// <param name="bytes">Length that counts; what stands behind it is cut off.</param>
    public PredictionFile(string folder, long bytes)
    {
        _file = new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        _file.SetLength(Math.Min(bytes, _file.Length));
        _file.Seek(0, SeekOrigin.End);
    }

    public long Length => _file.Position;

    public async Task AppendAsync(Scores scores, CancellationToken cancellation)
    {
        _lines.Clear();
        for (var row = 0; row < scores.Predictions.Count; row++)
        {
            switch (scores.Predictions)
            {
                case NumericColumn numbers:
                    Append(numbers.Values[row]);
                    break;
                case TextColumn { Values: var texts } when texts[row] is { } text:
                    _lines.Append('"').Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
                    break;
            }

            foreach (var probability in scores.Probabilities?[row] ?? [])
            {
                _lines.Append(',');
                Append(probability);
            }

            _lines.Append('\n');
        }

        await _file.WriteAsync(Encoding.UTF8.GetBytes(_lines.ToString()), cancellation);
    }

    public void Sync() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();

    private void Append(double value)
    {
        if (double.IsFinite(value))
        {
            _lines.Append(CultureInfo.InvariantCulture, $"{value:R}");
        }
        else
        {
            _lines.Append(double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
        }
    }
}
