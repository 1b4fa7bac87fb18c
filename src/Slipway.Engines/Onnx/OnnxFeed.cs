using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>The values of one run in the runtime's form, and what keeps their memory in its place until it has ended.</summary>
internal sealed unsafe class OnnxFeed(OnnxEnvironment environment) : IDisposable
{
    private const int SequenceKind = 2;
    private const int MapKind = 3;

    private readonly List<nint> _made = [];
    private readonly List<nint> _pins = [];

    /// <summary>Places among the session's names.</summary>
    public List<int> Names { get; } = [];

    /// <summary>In the order of <see cref="Names"/>.</summary>
    public List<nint> Values { get; } = [];

    /// <summary>A tensor of the runtime's over the input's own memory (texts are copied); release it, and free the pin when there is one.</summary>
    public static nint Create(OnnxEnvironment environment, in OnnxInput input, ref nint pin)
    {
        var api = environment.Api;
        if (input.Type == OnnxType.BYTES)
        {
            return Texts(environment, input.Data, 0, input.Length, input.Shape.Span);
        }

        nint value;
        var data = AddressOf(input, ref pin);
        fixed (long* shape = input.Shape.Span)
        {
            OrtStatus.Must(api, api.CreateTensorWithDataAsOrtValue(
                environment.CpuMemory, data, (nuint)input.Length, shape, (nuint)input.Shape.Length, (int)input.Type, &value));
        }

        return value;
    }

    /// <summary>Adds one of the model's inputs, made of the tensors that stand for it.</summary>
    /// <param name="first">The tensor, the sequence's elements or the map's keys.</param>
    /// <param name="second">The elements' shapes or the map's values, when given.</param>
    /// <returns>What is wrong with them; null when nothing is.</returns>
    public Problem? Add(int name, OnnxPortType type, in OnnxInput first, OnnxInput? second)
    {
        nint value = 0;
        var problem = (type.Kind, second) switch
        {
            (OnnxKind.Tensor, _) => Keep(first, out value),
            (OnnxKind.Sequence, _) => Sequence(type, first, second, out value),
            (_, { } values) => Map(first, values, out value),
            _ => throw new InvalidOperationException("A map was let through without its values"),
        };
        if (problem is null)
        {
            Names.Add(name);
            Values.Add(value);
        }

        return problem;
    }

    public void Dispose()
    {
        foreach (var value in _made)
        {
            environment.Api.ReleaseValue(value);
        }

        foreach (var pin in _pins)
        {
            GCHandle.FromIntPtr(pin).Free();
        }
    }

    private Problem? Keep(in OnnxInput tensor, out nint value)
    {
        nint pin = 0;
        _made.Add(value = Create(environment, tensor, ref pin));
        KeepPin(pin);
        return null;
    }

    private Problem? Sequence(OnnxPortType type, in OnnxInput elements, OnnxInput? shapes, out nint value)
    {
        value = 0;
        nint pin = 0;
        if (!OnnxSequence.ShapesOf(elements, shapes).TryGet(out var each, out var problem))
        {
            return problem;
        }

        if (each.Length == 0)
        {
            return OnnxEmpties.Get(environment, type.Element).Take(out value);
        }

        var (size, at) = (elements.Type.Size(), 0);
        var data = elements.Type == OnnxType.BYTES ? null : AddressOf(elements, ref pin);
        KeepPin(pin);
        var members = new nint[each.Length];
        for (var i = 0; i < each.Length; i++)
        {
            var count = (int)each[i].Aggregate(1L, (product, length) => product * length);
            if (data is null)
            {
                members[i] = Texts(environment, elements.Data, at, count, each[i]);
            }
            else
            {
                nint member;
                fixed (long* shape = each[i])
                {
                    OrtStatus.Must(environment.Api, environment.Api.CreateTensorWithDataAsOrtValue(
                        environment.CpuMemory, data + ((long)at * size), (nuint)((long)count * size), shape, (nuint)each[i].Length, (int)elements.Type, &member));
                }

                members[i] = member;
            }

            _made.Add(members[i]);
            at += count;
        }

        return Combine(members, SequenceKind, elements.Name, out value);
    }

    private Problem? Map(in OnnxInput keys, in OnnxInput values, out nint value)
    {
        value = 0;
        if (keys.Shape.Span[0] != values.Shape.Span[0])
        {
            return Problem.Invalid([new Fault(values.Name, $"has {values.Shape.Span[0]} values for {keys.Shape.Span[0]} keys")]);
        }

        Keep(keys, out var first);
        Keep(values, out var second);
        return Combine([first, second], MapKind, keys.Name, out value);
    }

    private Problem? Combine(nint[] members, int kind, string name, out nint value)
    {
        nint made = 0;
        fixed (nint* all = members)
        {
            if (OrtStatus.Check(environment.Api, environment.Api.CreateValue(all, (nuint)members.Length, kind, &made), name) is { } problem)
            {
                value = 0;
                return problem;
            }
        }

        _made.Add(value = made);
        return null;
    }

    private void KeepPin(nint pin)
    {
        if (pin != 0)
        {
            _pins.Add(pin);
        }
    }

    private static byte* AddressOf(in OnnxInput input, ref nint pin)
    {
        if (input.IsPinned)
        {
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(input.Data)) + input.Offset;
        }

        var handle = GCHandle.Alloc(input.Data, GCHandleType.Pinned);
        pin = GCHandle.ToIntPtr(handle);
        return (byte*)handle.AddrOfPinnedObject() + input.Offset;
    }

    private static nint Texts(OnnxEnvironment environment, Array texts, int start, int count, ReadOnlySpan<long> dims)
    {
        nint value;
        fixed (long* shape = dims)
        {
            OrtStatus.Must(environment.Api, environment.Api.CreateTensorAsOrtValue(environment.Allocator, shape, (nuint)dims.Length, (int)OnnxType.BYTES, &value));
        }

        FillStrings(environment.Api, value, texts, start, count);
        return value;
    }

    /// <summary>Writes each text into memory of the runtime, with its length, so that a zero byte inside survives.</summary>
    private static void FillStrings(OrtApi api, nint value, Array texts, int start, int count)
    {
        for (var i = 0; i < count; i++)
        {
            byte* room;
            if (texts is string[] strings)
            {
                var length = Encoding.UTF8.GetByteCount(strings[start + i]);
                OrtStatus.Must(api, api.GetResizedStringTensorElementBuffer(value, (nuint)i, (nuint)length, &room));
                Encoding.UTF8.GetBytes(strings[start + i], new Span<byte>(room, length));
            }
            else
            {
                var bytes = ((ReadOnlyMemory<byte>[])texts)[start + i].Span;
                OrtStatus.Must(api, api.GetResizedStringTensorElementBuffer(value, (nuint)i, (nuint)bytes.Length, &room));
                bytes.CopyTo(new Span<byte>(room, bytes.Length));
            }
        }
    }
}
