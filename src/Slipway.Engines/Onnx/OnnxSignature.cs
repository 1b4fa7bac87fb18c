using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>The declared inputs and outputs of a session: the model's own, and the tensors that stand for them.</summary>
/// <param name="Names">Of the model's own inputs, of <paramref name="Defaults"/>, of its own outputs.</param>
/// <param name="Defaults">Inputs with a default value in the model, an initializer of the same name.</param>
internal sealed unsafe record OnnxSignature(
    IReadOnlyList<string> Names, IReadOnlyList<OnnxTensorSpec> Inputs, IReadOnlyList<OnnxTensorSpec> Outputs, IReadOnlyList<OnnxTensorSpec> Defaults,
    IReadOnlyList<OnnxPort> InputPorts, IReadOnlyList<OnnxPort> OutputPorts)
{
    private delegate nint TypeGetter(nint session, nuint index, nint* type);

    private delegate nint NameGetter(nint session, nuint index, nint allocator, byte** name);

    /// <summary>Every value of the model is a tensor, or a list of maps that its own code makes one of: tensors can be handed over without looking further.</summary>
    public bool IsPlain => InputPorts.All(p => p.Type is { Kind: OnnxKind.Tensor, Optional: false })
        && OutputPorts.All(p => p.Type is { Kind: OnnxKind.Tensor or OnnxKind.ZipMap, Optional: false });

    /// <param name="shapeless">Finds the names of inputs and outputs that have no shape in the file; asked only when the runtime says one is a scalar.</param>
    public static Result<OnnxSignature> Read(OnnxEnvironment environment, nint session, Func<IReadOnlySet<string>> shapeless)
    {
        var api = environment.Api;
        nuint inputs, outputs, defaults;
        OrtStatus.Must(api, api.SessionGetInputCount(session, &inputs));
        OrtStatus.Must(api, api.SessionGetOutputCount(session, &outputs));
        OrtStatus.Must(api, api.SessionGetOverridableInitializerCount(session, &defaults));
        var reading = new Reading(environment, session, new Lazy<IReadOnlySet<string>>(shapeless));
        var taken = reading.All(inputs, (s, i, t) => api.SessionGetInputTypeInfo(s, i, t), (s, i, a, n) => api.SessionGetInputName(s, i, a, n), input: true);
        var given = reading.All(outputs, (s, i, t) => api.SessionGetOutputTypeInfo(s, i, t), (s, i, a, n) => api.SessionGetOutputName(s, i, a, n), input: false);
        var faults = reading.Faults.ToArray();
        var preset = reading.All(
            defaults, (s, i, t) => api.SessionGetOverridableInitializerTypeInfo(s, i, t), (s, i, a, n) => api.SessionGetOverridableInitializerName(s, i, a, n), input: true);
        if (faults.Length > 0)
        {
            return Problem.Invalid(faults) with { Code = ProblemCode.Unsupported };
        }

        // A default of a type that cannot be sent is not offered; the model runs with it as it is.
        var offered = preset.Where(p => p.Type is { Kind: OnnxKind.Tensor, Optional: false }).ToArray();
        var signature = new OnnxSignature(
            [.. taken.Concat(offered).Concat(given).Select(p => p.Name)], [.. taken.SelectMany(p => p.Specs)], [.. given.SelectMany(p => p.Specs)],
            [.. offered.SelectMany(p => p.Specs).Select(s => s with { Optional = true })], Ports(taken), Ports(given));
        var twice = signature.Inputs.Concat(signature.Defaults).GroupBy(s => s.Name).Concat(signature.Outputs.GroupBy(s => s.Name)).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? signature
            : Problem.Invalid([new Fault(twice.Key, "stands for two values of the model; rename one of them")]) with { Code = ProblemCode.Unsupported };
    }

    private static OnnxPort[] Ports(IReadOnlyList<Value> values)
    {
        var (ports, first) = (new OnnxPort[values.Count], 0);
        for (var i = 0; i < ports.Length; i++)
        {
            ports[i] = new OnnxPort(values[i].Type!, first);
            first += values[i].Specs.Length;
        }

        return ports;
    }

    private sealed record Value(string Name, OnnxPortType? Type, OnnxTensorSpec[] Specs);

    private sealed class Reading(OnnxEnvironment environment, nint session, Lazy<IReadOnlySet<string>> shapeless)
    {
        public List<Fault> Faults { get; } = [];

        public List<Value> All(nuint count, TypeGetter typeOf, NameGetter nameOf, bool input)
        {
            var all = new List<Value>();
            for (nuint i = 0; i < count; i++)
            {
                all.Add(One(i, typeOf, nameOf, input));
            }

            return all;
        }

        private Value One(nuint index, TypeGetter typeOf, NameGetter nameOf, bool input)
        {
            var api = environment.Api;
            byte* native;
            nint info;
            OrtStatus.Must(api, nameOf(session, index, environment.Allocator, &native));
            var name = Marshal.PtrToStringUTF8((nint)native)!;
            OrtStatus.Must(api, api.AllocatorFree(environment.Allocator, native));
            OrtStatus.Must(api, typeOf(session, index, &info));
            try
            {
                if (OnnxTypeReader.Read(api, info, input, out var text) is not { } type)
                {
                    Faults.Add(new Fault(name, $"{(input ? "an input" : "an output")} of type {text} cannot be {(input ? "sent" : "answered")} as tensors"));
                    return new Value(name, null, []);
                }

                var specs = OnnxPort.SpecsOf(name, type, input);
                if (type is { Kind: OnnxKind.Tensor, Dims.Length: 0 } && shapeless.Value.Contains(name))
                {
                    specs = [specs[0] with { Dims = [-1], AnyRank = true }];
                }

                return new Value(name, type, specs);
            }
            finally
            {
                api.ReleaseTypeInfo(info);
            }
        }
    }
}
