using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>Turns a scikit-learn style list of maps (class to probability, one map per row) into one [rows, classes] tensor.</summary>
internal static unsafe class OnnxZipMap
{
    private const int Keys = 0;
    private const int Numbers = 1;

    public static Problem? Flatten(OnnxEnvironment environment, nint sequence, ref OnnxOutputs.Item item)
    {
        var api = environment.Api;
        nuint rows;
        OrtStatus.Must(api, api.GetValueCount(sequence, &rows));
        item.Own = [];
        for (var row = 0; row < (int)rows; row++)
        {
            nint map, keys, numbers;
            OrtStatus.Must(api, api.GetValue(sequence, row, environment.Allocator, &map));
            OrtStatus.Must(api, api.GetValue(map, Numbers, environment.Allocator, &numbers));
            var count = Count(api, numbers);
            if (row == 0)
            {
                OrtStatus.Must(api, api.GetValue(map, Keys, environment.Allocator, &keys));
                item.Classes = Labels(api, keys, count);
                item.Own = new byte[checked((int)rows * count * sizeof(float))];
                api.ReleaseValue(keys);
            }

            var fits = count == item.Classes!.Length;
            if (fits)
            {
                void* data;
                OrtStatus.Must(api, api.GetTensorMutableData(numbers, &data));
                new ReadOnlySpan<float>(data, count).CopyTo(MemoryMarshal.Cast<byte, float>(item.Own.AsSpan())[(row * count)..]);
            }

            api.ReleaseValue(numbers);
            api.ReleaseValue(map);
            if (!fits)
            {
                return Problem.Invalid($"Output {item.Spec.Name}: row {row} has {count} classes, row 0 has {item.Classes.Length}; export the "
                    + "model with zipmap=False");
            }
        }

        item.Dims = [(long)rows, item.Classes?.Length ?? 0];
        item.Elements = item.Own.Length / sizeof(float);
        return null;
    }

    private static int Count(OrtApi api, nint tensor)
    {
        nint info;
        OrtStatus.Must(api, api.GetTensorTypeAndShape(tensor, &info));
        var (_, dims) = OnnxTypeReader.Tensor(api, info);
        api.ReleaseTensorTypeAndShapeInfo(info);
        return checked((int)dims.Aggregate(1L, (product, size) => product * size));
    }

    private static string[] Labels(OrtApi api, nint keys, int count)
    {
        nint info;
        OrtStatus.Must(api, api.GetTensorTypeAndShape(keys, &info));
        var (element, _) = OnnxTypeReader.Tensor(api, info);
        api.ReleaseTensorTypeAndShapeInfo(info);
        var labels = new string[count];
        if ((OnnxType)element == OnnxType.INT64)
        {
            void* data;
            OrtStatus.Must(api, api.GetTensorMutableData(keys, &data));
            for (var i = 0; i < count; i++)
            {
                labels[i] = ((long*)data)[i].ToString(CultureInfo.InvariantCulture);
            }

            return labels;
        }

        var (bytes, ends) = OnnxOutputs.StringsOf(api, keys, count);
        for (var i = 0; i < count; i++)
        {
            var start = i == 0 ? 0 : ends[i - 1];
            labels[i] = Encoding.UTF8.GetString(bytes, start, ends[i] - start);
        }

        return labels;
    }
}
