using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Repository;

/// <summary>
/// What a load says beside the model's name, as Triton has it: <c>config</c>, a model configuration in JSON, and the model itself in <c>file:VERSION/NAME</c>.
/// </summary>
internal sealed class LoadParameters
{
    public const string Config = "config";

    private readonly List<ModelFile> _files = [];

    /// <summary>Null when the load says nothing of it.</summary>
    public ConfigOverride? Override { get; private set; }

    public bool IsEmpty => Override is null && _files.Count == 0;

    /// <summary>What is wrong with the parameter; null when nothing is.</summary>
    public Problem? AddText(string name, string text)
    {
        if (name != Config)
        {
            return Unknown(name);
        }

        if (!ConfigOverride.Read(text).TryGet(out var read, out var problem))
        {
            return problem;
        }

        Override = read;
        return null;
    }

    /// <inheritdoc cref="AddText"/>
    public Problem? AddFile(string name, ReadOnlyMemory<byte> content)
    {
        if (!IsFile(name))
        {
            return Unknown(name);
        }

        var path = name[ModelFile.Prefix.Length..];
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == path.Length - 1 || !int.TryParse(path.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
        {
            return Problem.Invalid($"parameters.{name}: names no version and file; write {ModelFile.Prefix}VERSION/NAME with a version from 1, such as {ModelFile.Prefix}1/model.onnx");
        }

        _files.Add(new ModelFile(version, path[(slash + 1)..], content));
        return null;
    }

    public static bool IsFile(string name) => name.StartsWith(ModelFile.Prefix, StringComparison.Ordinal);

    public static Problem Unknown(string name) => Problem.Invalid($"parameters.{name}: is not known; a load takes {Config} and {ModelFile.Prefix}VERSION/NAME");

    /// <summary>The one file to serve: of the version that the configuration chooses, else of the highest. Null when none was sent.</summary>
    public Result<ModelFile?> ChooseFile()
    {
        if (_files.Count == 0)
        {
            return Override?.FileName is null ? Result.From<ModelFile?>(null) : Problem.Invalid("config.default_model_filename: no files were sent along");
        }

        var version = Override?.Version ?? _files.Max(f => f.Version);
        var files = _files.Where(f => f.Version == version).ToArray();
        var wanted = Override?.FileName;
        var chosen = files.Where(f => wanted is null ? f.Name.EndsWith(".onnx", StringComparison.Ordinal) : f.Name == wanted).ToArray();
        if (chosen.Length != 1)
        {
            return Problem.Invalid(files.Length == 0
                ? $"config.version_policy: no file of version {version} was sent along"
                : $"parameters: version {version} must have exactly one {wanted ?? "file that ends with .onnx"}; it has {string.Join(", ", files.Select(f => f.Parameter))}");
        }

        return files.FirstOrDefault(f => f != chosen[0]) is { } beside
            ? Problem.Invalid($"parameters.{beside.Parameter}: a model of several files cannot be sent along; put it in a folder and name that in an InferenceService")
            : chosen[0];
    }
}
