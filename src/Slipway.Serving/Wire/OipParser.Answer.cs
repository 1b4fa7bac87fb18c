using System.Text.Json;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>Reads an answer of the protocol: its outputs have the form of a request's inputs.</summary>
internal ref partial struct OipParser
{
    /// <summary>The answer's outputs as the inputs of a request that owns their memory; Invalid with a sentence that names the place.</summary>
    /// <param name="header">How many bytes are JSON, before binary blocks; -1: all.</param>
    public static Result<InferenceRequest> ParseAnswer(ReadOnlySpan<byte> body, NameTable names, int header)
    {
        var answer = new InferenceRequest { BodyBytes = body.Length };
        try
        {
            var parser = header < 0 || header > body.Length ? new OipParser(body, [], names, answer) : new OipParser(body[..header], body[header..], names, answer);
            parser.ReadAnswer();
            return answer;
        }
        catch (Exception e) when (e is ProblemException or JsonException or InvalidOperationException)
        {
            answer.Dispose();

            // The words are those for a request's inputs.
            const string As = "inputs";
            return Problem.Invalid(e.Message.StartsWith(As, StringComparison.Ordinal) ? $"outputs{e.Message.AsSpan(As.Length)}" : e.Message);
        }
    }

    private void ReadAnswer()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad("The answer is not a JSON object");
        }

        while (NextMember())
        {
            if (_reader.ValueTextEquals("outputs"u8) && _request.Inputs.Count == 0)
            {
                ReadInputs();
            }
            else
            {
                _reader.Skip();
            }
        }
    }
}
