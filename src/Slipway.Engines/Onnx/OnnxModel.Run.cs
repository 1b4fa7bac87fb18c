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
        if (OnnxInputCheck.Match(Inputs, Defaults, inputs, places) is { } mismatch)
        {
            return mismatch;
        }

        if (_structure is { } structure)
        {
            return RunStructured(structure, inputs, places, outputs, cancel);
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
                values[i] = OnnxFeed.Create(_environment, inputs[i], ref pins[i]);
            }

            var made = RunSession(places, values, outputs, Outputs.Count, cancel);
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

    /// <param name="places">Of the values among the session's names.</param>
    /// <param name="outputs">Places among the session's <paramref name="all"/> outputs; none means all.</param>
    private Result<nint[]> RunSession(ReadOnlySpan<int> places, ReadOnlySpan<nint> values, ReadOnlySpan<int> outputs, int all, CancellationToken cancel)
    {
        var api = _environment.Api;
        var wanted = outputs.IsEmpty ? all : outputs.Length;
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
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)all, nameof(outputs));
            outputNames[i] = (nint)_session.Names[_firstOutput + place];
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
}
