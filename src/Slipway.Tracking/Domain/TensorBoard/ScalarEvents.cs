using System.Text;

namespace Slipway.Tracking.Domain.TensorBoard;

/// <param name="Seconds">Since the Unix epoch, by the clock of the machine that wrote it.</param>
internal readonly record struct ScalarPoint(string Tag, long Step, double Seconds, double Value);

/// <summary>The scalars in an event; pictures, histograms, graphs and text are passed over.</summary>
internal static class ScalarEvents
{
    private const string ScalarPlugin = "scalars";

    /// <param name="message">An Event: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto</param>
    /// <param name="found">Gets the points.</param>
    public static void Read(ReadOnlySpan<byte> message, ICollection<ScalarPoint> found)
    {
        var (seconds, step) = (0.0, 0L);
        var summary = default(ReadOnlySpan<byte>);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    seconds = reader.Double;
                    break;
                case 2:
                    step = (long)reader.Number;
                    break;
                case 5:
                    summary = reader.Bytes;
                    break;
                default:
                    break;
            }
        }

        var values = new ProtoReader(summary);
        while (values.Next())
        {
            if (values.Field == 1 && Value(values.Bytes) is { } value)
            {
                found.Add(new ScalarPoint(value.Tag, step, seconds, value.Number));
            }
        }
    }

    private static (string Tag, double Number)? Value(ReadOnlySpan<byte> message)
    {
        var tag = "";
        double? number = null;
        var isScalar = true;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    tag = Encoding.UTF8.GetString(reader.Bytes);
                    break;
                case 2:
                    number = reader.Float;
                    break;
                case 8:
                    number = ScalarTensor.Read(reader.Bytes);
                    break;
                case 9:
                    isScalar = IsScalar(reader.Bytes);
                    break;
                default:
                    break;
            }
        }

        return tag.Length > 0 && isScalar && number is { } found ? (tag, found) : null;
    }

    // SummaryMetadata { PluginData plugin_data = 1 { string plugin_name = 1 } }; without a plugin it is TensorFlow 1's plain scalar.
    private static bool IsScalar(ReadOnlySpan<byte> metadata)
    {
        var reader = new ProtoReader(metadata);
        while (reader.Next())
        {
            var plugin = new ProtoReader(reader.Field == 1 ? reader.Bytes : default);
            while (plugin.Next())
            {
                if (plugin.Field == 1)
                {
                    return plugin.Bytes.IsEmpty || Encoding.UTF8.GetString(plugin.Bytes) == ScalarPlugin;
                }
            }
        }

        return true;
    }
}
