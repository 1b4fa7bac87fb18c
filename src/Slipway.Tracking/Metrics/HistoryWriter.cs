using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Metrics;

/// <summary>
/// Writes points as JSON by hand: of 100,000 points only the numbers differ, and a general writer spends more on names and quotes than on them.
/// </summary>
internal sealed class HistoryWriter(string key) : IDisposable
{
    private const int MostPerPoint = 160;

    private readonly byte[] _before = Encoding.UTF8.GetBytes($"{{\"key\":\"{JsonEncodedText.Encode(key, MlflowJson.Options.Encoder)}\",\"value\":");
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _length;
    private bool _any;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Raw(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    public void Point(PointRow point)
    {
        Reserve(_before.Length + MostPerPoint);
        if (_any)
        {
            _buffer[_length++] = (byte)',';
        }

        _any = true;
        Copy(_before);
        if (point.IsNan)
        {
            Copy("\"NaN\""u8);
        }
        else
        {
            // Infinities as the largest finite values: what MLflow's stores give back for them.
            Number(double.Clamp(point.Value, double.MinValue, double.MaxValue));
        }

        Copy(",\"timestamp\":"u8);
        Number(point.Time / 1000);
        Copy(",\"step\":"u8);
        Number(point.Step);
        _buffer[_length++] = (byte)'}';
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Copy(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void Number(long value)
    {
        _ = Utf8Formatter.TryFormat(value, _buffer.AsSpan(_length), out var written);
        _length += written;
    }

    private void Number(double value)
    {
        _ = value.TryFormat(_buffer.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    private void Reserve(int more)
    {
        if (_length + more > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + more));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
