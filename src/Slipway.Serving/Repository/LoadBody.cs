using System.Text.Json;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Repository;

/// <summary>Reads the body of a load over HTTP. Files are large, so they are decoded from where the body lies.</summary>
internal static class LoadBody
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 16 };

    /// <summary>An empty body is an empty object; members other than parameters are ignored.</summary>
    public static Result<LoadParameters> Parse(ReadOnlySpan<byte> body)
    {
        var parameters = new LoadParameters();
        if (body.IsEmpty)
        {
            return parameters;
        }

        try
        {
            var reader = new Utf8JsonReader(body, Options);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Problem.Invalid("The body must be a JSON object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isParameters = reader.ValueTextEquals("parameters"u8);
                reader.Read();
                if (!isParameters)
                {
                    reader.Skip();
                }
                else if (ReadParameters(ref reader, parameters) is { } problem)
                {
                    return problem;
                }
            }

            return reader.Read() ? Problem.Invalid("The body must be one JSON object") : parameters;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Problem.Invalid($"The body is not JSON: {e.Message}");
        }
    }

    private static Problem? ReadParameters(ref Utf8JsonReader reader, LoadParameters parameters)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Problem.Invalid("parameters: must be an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (Add(ref reader, name, parameters) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static Problem? Add(ref Utf8JsonReader reader, string name, LoadParameters parameters)
    {
        var isFile = LoadParameters.IsFile(name);
        if (!isFile && name != LoadParameters.Config)
        {
            return LoadParameters.Unknown(name);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            return Problem.Invalid($"parameters.{name}: must be a text{(isFile ? ", the file in base64" : ", the configuration as JSON")}");
        }

        if (!isFile)
        {
            return parameters.AddText(name, reader.GetString()!);
        }

        return reader.TryGetBytesFromBase64(out var content) ? parameters.AddFile(name, content) : Problem.Invalid($"parameters.{name}: is not base64");
    }
}
