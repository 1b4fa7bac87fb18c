namespace Slipway.Compute.Python;

/// <summary>Which Python runs Kubeflow's Python components.</summary>
public sealed record PythonOptions
{
    /// <summary>The variable that chooses the interpreter, for the server and for a workload: an absolute path, or the name of an environment.</summary>
    public const string Variable = "SLIPWAY_PYTHON";

    private const string Usual = "/usr/bin/python3";

    /// <summary>Path of the interpreter. Default: <c>SLIPWAY_PYTHON</c>, then /usr/bin/python3, then python3 on PATH.</summary>
    public string Interpreter { get; init; } =
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen ? chosen : File.Exists(Usual) ? Usual : "python3";

    /// <summary>Virtual environments by name: each the folder that holds <c>bin/python3</c>. A workload asks for one with <c>SLIPWAY_PYTHON=name</c>.</summary>
    public IReadOnlyDictionary<string, string> Environments { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder that <see cref="PythonRuntime.LayOut"/> answered: launcher, executor and stand-in for kfp.</summary>
    public required string RuntimeFolder { get; init; }
}
