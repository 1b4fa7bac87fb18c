using System.Runtime.InteropServices;
using System.Text;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

public sealed unsafe partial class OnnxModel
{
    /// <summary>Inputs beyond this many take their bookkeeping from the heap instead of the stack.</summary>
    private const int OnStack = 64;

    /// <summary>
    /// Runs the model and returns all outputs. Invalid (a fault per input) when inputs do not match the model, or with the runtime's
    /// text when it fails on them; Unavailable when the model was disposed of.
    /// </summary>
    public Result<OnnxOutputs> Run(ReadOnlySpan<OnnxInput> inputs, CancellationToken cancel = default) => Run(inputs, [], cancel);

    /// <summary>As above, for the outputs at the given places among <see cref="Outputs"/> only; none given means all.</summary>
    /// <exception cref="OperationCanceledException">When cancelled, before or during the run.</exception>
    public Result<OnnxOutputs> Run(ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<int> outputs, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var places = inputs.Length <= OnStack ? stackalloc int[inputs.Length] : new int[inputs.Length];
        if (OnnxInputCheck.Match(Inputs, inputs, places) is { } mismatch)
        {
            return mismatch;
        }

        var held = false;
        try
        {
            _session.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            return Problem.Unavailable("The model has been unloaded");
        }

        var handed = false;
        var values = inputs.Length <= OnStack ? stackalloc nint[inputs.Length] : new nint[inputs.Length];
        var pins = inputs.Length <= OnStack ? stackalloc nint[inputs.Length] : new nint[inputs.Length];
        values.Clear();
        pins.Clear();
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                values[i] = CreateValue(inputs[i], ref pins[i]);
            }

            var made = RunSession(places, values, outputs, cancel);
            if (!made.TryGet(out var results, out var problem))
            {
                return problem;
            }

            var ready = OnnxOutputs.Read(_environment, _session, Outputs, outputs, results, inputs, values);
            handed = ready.Succeeded;
            return ready;
        }
        finally
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                if (values[i] != 0)
                {
                    _environment.Api.ReleaseValue(values[i]);
                }

                if (pins[i] != 0)
                {
                    GCHandle.FromIntPtr(pins[i]).Free();
                }

                GC.KeepAlive(inputs[i].Data);
            }

            // The outputs keep the session alive until they are disposed of.
            if (held && !handed)
            {
                _session.DangerousRelease();
            }
        }
    }

    private Result<nint[]> RunSession(ReadOnlySpan<int> places, ReadOnlySpan<nint> values, ReadOnlySpan<int> outputs, CancellationToken cancel)
    {
        var api = _environment.Api;
        var wanted = outputs.IsEmpty ? Outputs.Count : outputs.Length;
        var results = new nint[wanted];
        var inputNames = places.Length <= OnStack ? stackalloc nint[places.Length] : new nint[places.Length];
        var outputNames = wanted <= OnStack ? stackalloc nint[wanted] : new nint[wanted];
        for (var i = 0; i < places.Length; i++)
        {
            inputNames[i] = (nint)_session.Names[places[i]];
        }

        for (var i = 0; i < wanted; i++)
        {
            var place = outputs.IsEmpty ? i : outputs[i];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Outputs.Count, nameof(outputs));
            outputNames[i] = (nint)_session.Names[Inputs.Count + place];
        }

        using var stop = OnnxRunStop.Rent(_environment, cancel);
        fixed (nint* ins = inputNames, outs = outputNames, given = values, taken = results)
        {
            var status = api.Run(
                _session.Pointer, stop?.Options ?? 0, (byte**)ins, given, (nuint)places.Length, (byte**)outs, (nuint)wanted, taken);
            if (OrtStatus.Check(api, status, "The model failed on these inputs") is not { } problem)
            {
                return results;
            }

            cancel.ThrowIfCancellationRequested();
            return problem;
        }
    }

    private nint CreateValue(in OnnxInput input, ref nint pin)
    {
        var api = _environment.Api;
        nint value;
        if (input.Type == OnnxType.BYTES)
        {
            fixed (long* shape = input.Shape.Span)
            {
                OrtStatus.Must(api, api.CreateTensorAsOrtValue(
                    _environment.Allocator, shape, (nuint)input.Shape.Length, (int)OnnxType.BYTES, &value));
            }

            FillStrings(api, value, input.Data);
            return value;
        }

        byte* data;
        if (input.IsPinned)
        {
            data = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(input.Data));
        }
        else
        {
            var handle = GCHandle.Alloc(input.Data, GCHandleType.Pinned);
            pin = GCHandle.ToIntPtr(handle);
            data = (byte*)handle.AddrOfPinnedObject();
        }

        fixed (long* shape = input.Shape.Span)
        {
            OrtStatus.Must(api, api.CreateTensorWithDataAsOrtValue(
                _environment.CpuMemory, data + input.Offset, (nuint)input.Length, shape, (nuint)input.Shape.Length, (int)input.Type, &value));
        }

        return value;
    }

    /// <summary>Writes each text into memory of the runtime, with its length, so that a zero byte inside survives.</summary>
    private static void FillStrings(OrtApi api, nint value, Array texts)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            byte* room;
            if (texts is string[] strings)
            {
                var length = Encoding.UTF8.GetByteCount(strings[i]);
                OrtStatus.Must(api, api.GetResizedStringTensorElementBuffer(value, (nuint)i, (nuint)length, &room));
                Encoding.UTF8.GetBytes(strings[i], new Span<byte>(room, length));
            }
            else
            {
                var bytes = ((ReadOnlyMemory<byte>[])texts)[i].Span;
                OrtStatus.Must(api, api.GetResizedStringTensorElementBuffer(value, (nuint)i, (nuint)bytes.Length, &room));
                bytes.CopyTo(new Span<byte>(room, bytes.Length));
            }
        }
    }
}
