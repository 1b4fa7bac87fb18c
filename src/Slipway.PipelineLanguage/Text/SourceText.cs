using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.PipelineLanguage.Text;

/// <summary>One value of a text with the places of its parts.</summary>
/// <param name="File">What the text is called in messages.</param>
public sealed record SourceDocument(string File, JsonNode Value, SourceLines Lines)
{
    /// <summary>A fault that says where: <c>pipeline.yaml:12: root.dag.tasks.a</c>.</summary>
    public Fault FaultAt(string path, string message) => new($"{File}:{Lines.Of(path).Line}: {path}", message);
}

/// <summary>Reads YAML (YAML 1.2 core schema) or JSON with the line of every value. Whatever the text, the answer is documents or a problem.</summary>
public static class SourceText
{
    /// <summary>Documents in their order; empty ones are left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="file">What the text is called in messages.</param>
    public static Result<IReadOnlyList<SourceDocument>> Read(string text, string file)
    {
        if (text.Length > TextLimits.Bytes || Encoding.UTF8.GetByteCount(text) > TextLimits.Bytes)
        {
            return new Problem(ProblemCode.TooLarge, $"{file} has more than {TextLimits.Bytes / (1024 * 1024)} MiB; keep data in artifacts, not in the pipeline's text");
        }

        // YAML libraries read most JSON, but not keys of over 1024 characters, nor escaped surrogate pairs.
        return JsonSource.LooksLikeJson(text) && JsonSource.Read(text, file) is { } json ? json : YamlSource.Read(text, file);
    }

    /// <summary>The bytes of a file; anything but UTF-8 is a problem.</summary>
    public static Result<IReadOnlyList<SourceDocument>> Read(ReadOnlySpan<byte> bytes, string file) =>
        Decode(bytes, file).Then(text => Read(text, file));

    internal static Result<string> Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > TextLimits.Bytes)
        {
            return new Problem(ProblemCode.TooLarge, $"{file} has more than {TextLimits.Bytes / (1024 * 1024)} MiB; keep data in artifacts, not in the pipeline's text");
        }

        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
        }
        catch (DecoderFallbackException)
        {
            return Problem.Invalid($"{file} is not UTF-8 text");
        }
    }
}
