using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

public sealed unsafe partial class OnnxModel
{
    /// <summary>
    /// Runs a model that has sequences, maps or optionals: makes them of the tensors given, and copies tensors out of what it answers, so that nothing of the runtime's
    /// is held afterwards.
    /// </summary>
    private Result<OnnxOutputs> RunStructured(
        OnnxSignature structure, ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<int> places, ReadOnlySpan<int> outputs, CancellationToken cancel)
    {
        int[] wanted = outputs.IsEmpty ? [.. Enumerable.Range(0, Outputs.Count)] : outputs.ToArray();
        foreach (var place in wanted)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Outputs.Count, nameof(outputs));
        }

        var ports = wanted.Select(w => PortOf(structure, w)).Distinct().ToArray();
        var held = false;
        try
        {
            _session.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            return Problem.Unavailable("The model has been unloaded");
        }

        using var feed = new OnnxFeed(_environment);
        try
        {
            if (Fill(feed, structure, inputs, places) is { } refused)
            {
                return refused;
            }

            var run = RunSession(
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(feed.Names), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(feed.Values), ports,
                structure.OutputPorts.Count, cancel);
            return run.TryGet(out var values, out var problem) ? Read(structure, wanted, ports, values) : problem;
        }
        finally
        {
            foreach (ref readonly var input in inputs)
            {
                GC.KeepAlive(input.Data);
            }

            if (held)
            {
                _session.DangerousRelease();
            }
        }
    }

    private Problem? Fill(OnnxFeed feed, OnnxSignature structure, ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<int> places)
    {
        for (var port = 0; port < structure.InputPorts.Count; port++)
        {
            var (type, first) = structure.InputPorts[port];
            if (feed.Add(port, type, At(inputs, places, first)!.Value, type.Kind == OnnxKind.Tensor ? null : At(inputs, places, first + 1)) is { } problem)
            {
                return problem;
            }
        }

        for (var i = 0; i < inputs.Length; i++)
        {
            // What has a default stands behind the declared tensors there, behind the model's own inputs here.
            if (places[i] >= Inputs.Count && feed.Add(structure.InputPorts.Count + places[i] - Inputs.Count, PlainType(inputs[i].Type), inputs[i], null) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private Result<OnnxOutputs> Read(OnnxSignature structure, int[] wanted, int[] ports, nint[] values)
    {
        try
        {
            var items = new OnnxOutputs.Item[Outputs.Count];
            for (var i = 0; i < ports.Length; i++)
            {
                var (type, first) = structure.OutputPorts[ports[i]];
                if (OnnxAnswer.Read(_environment, type, Outputs[first], values[i], items.AsSpan(first)) is { } problem)
                {
                    return problem;
                }
            }

            return OnnxOutputs.Of(_environment, [.. wanted.Select(w => items[w] with { Spec = Outputs[w] })]);
        }
        finally
        {
            foreach (var value in values)
            {
                _environment.Api.ReleaseValue(value);
            }
        }
    }

    private static OnnxPortType PlainType(OnnxType type) => new(OnnxKind.Tensor, type, default, [], false);

    private static int PortOf(OnnxSignature structure, int output)
    {
        var port = structure.OutputPorts.Count - 1;
        while (structure.OutputPorts[port].First > output)
        {
            port--;
        }

        return port;
    }

    private static OnnxInput? At(ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<int> places, int place) =>
        places[..inputs.Length].IndexOf(place) is >= 0 and var at ? inputs[at] : null;
}
