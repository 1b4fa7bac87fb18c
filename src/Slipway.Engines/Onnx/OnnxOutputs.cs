using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>
/// What a run returned. Tensors stay in the runtime's memory: read them, then dispose; spans into them must not outlive that.
/// Has no finalizer on purpose (it could free memory under a span still in use): dispose it always.
/// </summary>
public sealed unsafe class OnnxOutputs : IDisposable
{
    private readonly OnnxEnvironment _environment;
    private readonly OnnxSessionHandle? _session;
    private readonly Item[] _items;
    private int _disposed;

    private OnnxOutputs(OnnxEnvironment environment, OnnxSessionHandle? session, Item[] items) =>
        (_environment, _session, _items) = (environment, session, items);

    /// <summary>Outputs that hold nothing of the runtime's.</summary>
    internal static OnnxOutputs Of(OnnxEnvironment environment, Item[] copies) => new(environment, null, copies);

    /// <summary>How many outputs were asked for.</summary>
    public int Count => _items.Length;

    /// <summary>The declaration of output <paramref name="index"/>: its name and type.</summary>
    public OnnxTensorSpec Spec(int index) => Live(index).Spec;

    /// <summary>The sizes of output <paramref name="index"/>; for a ZipMap, [rows, classes].</summary>
    public ReadOnlySpan<long> Shape(int index) => Live(index).Dims;

    /// <summary>The output's elements. <typeparamref name="T"/> must have the size of its type (for BF16: ushort).</summary>
    public ReadOnlySpan<T> Values<T>(int index) where T : unmanaged
    {
        ref readonly var item = ref Live(index);
        if (item.Spec.Type.Size() != Unsafe.SizeOf<T>())
        {
            throw new ArgumentException($"Output {item.Spec.Name} is {item.Spec.Datatype}; read it as that, not as {typeof(T)}");
        }

        return item.Own is { } own ? MemoryMarshal.Cast<byte, T>(own) : new ReadOnlySpan<T>((void*)item.Data, item.Elements);
    }

    /// <summary>The output's elements as raw little-endian bytes.</summary>
    public ReadOnlySpan<byte> Bytes(int index)
    {
        ref readonly var item = ref Live(index);
        return item.Own ?? new ReadOnlySpan<byte>((void*)item.Data, checked(item.Elements * NumberSize(item.Spec)));
    }

    /// <summary>The elements of a BYTES output as texts.</summary>
    public string[] Strings(int index)
    {
        var (bytes, ends) = Utf8(index);
        var texts = new string[ends.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            var start = i == 0 ? 0 : ends[i - 1];
            texts[i] = Encoding.UTF8.GetString(bytes, start, ends[i] - start);
        }

        return texts;
    }

    /// <summary>The elements of a BYTES output one after another, and where each ends.</summary>
    public (byte[] Bytes, int[] Ends) Utf8(int index)
    {
        ref readonly var item = ref Live(index);
        if (item.Spec.Type != OnnxType.BYTES)
        {
            throw new ArgumentException($"Output {item.Spec.Name} is {item.Spec.Datatype}, not BYTES");
        }

        return item.OwnTexts ?? StringsOf(_environment.Api, item.Value, item.Elements);
    }

    /// <summary>The class labels of a ZipMap output in the order of its columns; empty for any other output.</summary>
    public IReadOnlyList<string> Classes(int index) => Live(index).Classes ?? [];

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            foreach (ref readonly var item in _items.AsSpan())
            {
                _environment.Api.ReleaseValue(item.Value);
            }

            _session?.DangerousRelease();
        }
    }

    /// <summary>Takes over the values. On a problem they are released here, and the session's count is left to the caller.</summary>
    internal static Result<OnnxOutputs> Read(
        OnnxEnvironment environment, OnnxSessionHandle session, IReadOnlyList<OnnxTensorSpec> declared, ReadOnlySpan<int> chosen,
        nint[] values, ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<nint> inputValues)
    {
        var api = environment.Api;
        var items = new Item[values.Length];
        Problem? problem = null;
        for (var i = 0; i < items.Length; i++)
        {
            var spec = declared[chosen.IsEmpty ? i : chosen[i]];
            items[i] = new Item { Spec = spec, Value = values[i] };
            if (spec.IsZipMap)
            {
                problem ??= OnnxZipMap.Flatten(environment, values[i], ref items[i]);
            }
            else
            {
                ReadTensor(environment, ref items[i], inputs, inputValues);
            }
        }

        if (problem is null)
        {
            return new OnnxOutputs(environment, session, items);
        }

        foreach (var item in items)
        {
            api.ReleaseValue(item.Value);
        }

        return problem;
    }

    internal static (byte[] Bytes, int[] Ends) StringsOf(OrtApi api, nint value, int elements)
    {
        nuint length;
        OrtStatus.Must(api, api.GetStringTensorDataLength(value, &length));
        var bytes = new byte[length];
        var starts = new nuint[elements];
        fixed (byte* b = bytes)
        fixed (nuint* s = starts)
        {
            byte none;
            OrtStatus.Must(api, api.GetStringTensorContent(value, b is null ? &none : b, length, s, (nuint)elements));
        }

        var ends = new int[elements];
        for (var i = 0; i < elements; i++)
        {
            ends[i] = i + 1 < elements ? (int)starts[i + 1] : bytes.Length;
        }

        return (bytes, ends);
    }

    /// <summary>The shape and the number of elements of a value that is a tensor.</summary>
    internal static void ReadShape(OrtApi api, nint value, ref Item item)
    {
        nint info;
        OrtStatus.Must(api, api.GetTensorTypeAndShape(value, &info));
        (_, item.Dims) = OnnxTypeReader.Tensor(api, info);
        api.ReleaseTensorTypeAndShapeInfo(info);
        item.Elements = 1;
        foreach (var size in item.Dims)
        {
            item.Elements = checked(item.Elements * (int)size);
        }
    }

    private static void ReadTensor(OnnxEnvironment environment, ref Item item, ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<nint> inputValues)
    {
        var api = environment.Api;
        ReadShape(api, item.Value, ref item);
        if (item.Spec.Type == OnnxType.BYTES)
        {
            return;
        }

        item.Data = DataOf(api, item.Value);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Type != OnnxType.BYTES && inputs[i].Length > 0)
            {
                var start = DataOf(api, inputValues[i]);
                if (item.Data >= start && item.Data < start + inputs[i].Length)
                {
                    OwnCopy(environment, ref item);
                    return;
                }
            }
        }
    }

    /// <summary>A graph that hands an input through gives back the caller's own memory, which is only lent for the run: take a copy.</summary>
    private static void OwnCopy(OnnxEnvironment environment, ref Item item)
    {
        var api = environment.Api;
        nint copy;
        fixed (long* dims = item.Dims)
        {
            OrtStatus.Must(api, api.CreateTensorAsOrtValue(environment.Allocator, dims, (nuint)item.Dims.Length, (int)item.Spec.Type, &copy));
        }

        var data = DataOf(api, copy);
        var bytes = checked(item.Elements * NumberSize(item.Spec));
        new ReadOnlySpan<byte>((void*)item.Data, bytes).CopyTo(new Span<byte>((void*)data, bytes));
        api.ReleaseValue(item.Value);
        (item.Value, item.Data) = (copy, data);
    }

    internal static nint DataOf(OrtApi api, nint value)
    {
        void* data;
        OrtStatus.Must(api, api.GetTensorMutableData(value, &data));
        return (nint)data;
    }

    private static int NumberSize(OnnxTensorSpec spec) =>
        spec.Type.Size() is > 0 and var size ? size : throw new ArgumentException($"Output {spec.Name} is BYTES; read it with Strings or Utf8");

    private ref readonly Item Live(int index)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return ref _items[index];
    }

    internal struct Item
    {
        public OnnxTensorSpec Spec;
        public nint Value;
        public nint Data;
        public long[] Dims;
        public int Elements;

        /// <summary>Numbers that are not the runtime's.</summary>
        public byte[]? Own;

        /// <summary>Texts that are not the runtime's.</summary>
        public (byte[] Bytes, int[] Ends)? OwnTexts;

        public string[]? Classes;
    }
}
