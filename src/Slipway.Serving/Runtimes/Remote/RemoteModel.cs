using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes.Remote;

/// <summary>A model behind another server.</summary>
internal sealed class RemoteModel(RemoteServer server, RemoteTarget target, RemoteSignature signature) : IServedModel
{
    private readonly Uri _infer = new(target.Protocol == RemoteProtocol.V2 ? $"{target.Model}/infer" : $"{target.Model}:predict");
    private readonly NameTable _names = new(signature.Outputs.Select(o => o.Name));

    public IReadOnlyList<OnnxTensorSpec> Inputs => signature.Inputs;

    public IReadOnlyList<OnnxTensorSpec> Outputs => signature.Outputs;

    public string Platform => target.Protocol == RemoteProtocol.V2 ? "remote_v2" : "remote_v1";

    public async ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        if (RemoteInputs.Check(signature.Inputs, request) is { } mismatch)
        {
            return mismatch;
        }

        int[] wanted = outputs.IsEmpty ? [.. Enumerable.Range(0, signature.Outputs.Count)] : outputs.ToArray();
        var (body, header) = target.Protocol == RemoteProtocol.V2
            ? RemoteV2.Write(request, signature, wanted)
            : (RemoteV1.Write(request, signature), -1);
        var sent = await server.PostAsync(_infer, body, header, cancellation);
        if (!sent.TryGet(out var answer, out var problem))
        {
            return problem;
        }

        var read = target.Protocol == RemoteProtocol.V2
            ? RemoteV2.Read(answer, _names, signature, wanted)
            : RemoteV1.Read(answer, signature, wanted);

        // Whatever is wrong with an answer, this server's caller did not send it.
        return read.Succeeded ? read : new Problem(ProblemCode.Internal, $"The answer of {target.Model} cannot be read: {read.Problem.Message}");
    }

    public void Dispose() => server.Dispose();
}

/// <summary>Compares a request with what a remote model takes, so that a mistake costs no journey and reads as everywhere else.</summary>
internal static class RemoteInputs
{
    public static Problem? Check(IReadOnlyList<OnnxTensorSpec> declared, InferenceRequest request)
    {
        var faults = new List<Fault>();
        foreach (var input in request.Inputs)
        {
            var spec = declared.FirstOrDefault(d => d.Name == input.Name);
            if (spec is null)
            {
                faults.Add(new Fault(input.Name, $"no such input; the model has {string.Join(", ", declared.Select(d => d.Name))}"));
            }
            else if (input.Type != spec.Type)
            {
                faults.Add(new Fault(input.Name, $"datatype {input.Type.WireName()} given, the model needs {spec.Datatype}"));
            }
            else if (request.Inputs.Count(i => i.Name == input.Name) > 1)
            {
                faults.Add(new Fault(input.Name, "given twice"));
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }
}
