using System.Text.Json;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Wire;

/// <summary>Parameters of the request, an input or an output. Free ones are allowed; those that ask for an extension not offered are refused.</summary>
internal ref partial struct OipParser
{
    private enum Place
    {
        Request,
        Input,
        Output,
    }

    private void ReadParameters(Place place, int index)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad($"{PathOf(place, index)}: must be an object");
        }

        while (NextMember())
        {
            var isEventTime = place == Place.Request && _reader.ValueTextEquals("event_time"u8);
            var asksBinary = place == Place.Request ? _reader.ValueTextEquals("binary_data_output"u8)
                : place == Place.Output && _reader.ValueTextEquals("binary_data"u8);
            var refused = place switch
            {
                Place.Input when _reader.ValueTextEquals("binary_data_size"u8) => "binary_tensor_data",
                Place.Output when _reader.ValueTextEquals("classification"u8) => "classification",
                _ when _reader.ValueTextEquals("shared_memory_region"u8) => "system_shared_memory",
                _ => null,
            };
            _reader.Read();
            if (_reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False))
            {
                throw Bad($"{PathOf(place, index)}: a value must be a string, a number, true or false");
            }

            if (refused is not null || (asksBinary && _reader.TokenType == JsonTokenType.True))
            {
                throw Bad($"{PathOf(place, index)}: this server does not offer the extension {refused ?? "binary_tensor_data"}; send and ask for JSON data");
            }

            if (isEventTime)
            {
                ReadEventTime();
            }
        }
    }

    private void ReadEventTime()
    {
        if (_reader.TokenType != JsonTokenType.String || !EventTime.TryParse(_reader.GetString()!, out var time))
        {
            throw Bad($"parameters.event_time: must be an ISO 8601 instant such as {EventTime.Example}");
        }

        _request.EventTime = time;
    }

    private static string PathOf(Place place, int index) => place switch
    {
        Place.Input => $"inputs[{index}].parameters",
        Place.Output => $"outputs[{index}].parameters",
        _ => "parameters",
    };
}
