using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>Parameters of the request, an input or an output. Free ones are allowed; shared memory, which is not offered, is refused.</summary>
internal ref partial struct OipParser
{
    private enum Parameter
    {
        Free,
        EventTime,
        Priority,
        Timeout,
        Binary,
        BinarySize,
        Classification,
        SharedMemory,
    }

    private enum Place
    {
        Request,
        Input,
        Output,
    }

    /// <summary>What a tensor's or request's parameters ask for.</summary>
    private record struct Asked(long? BinarySize, bool? Binary, int Classes);

    private Asked ReadParameters(Place place, int index)
    {
        var asked = default(Asked);
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return asked;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad($"{PathOf(place, index)}: must be an object");
        }

        while (NextMember())
        {
            var kind = place switch
            {
                Place.Request when _reader.ValueTextEquals("event_time"u8) => Parameter.EventTime,
                Place.Request when _reader.ValueTextEquals("priority"u8) => Parameter.Priority,
                Place.Request when _reader.ValueTextEquals("timeout"u8) => Parameter.Timeout,
                Place.Request when _reader.ValueTextEquals("binary_data_output"u8) => Parameter.Binary,
                Place.Output when _reader.ValueTextEquals("binary_data"u8) => Parameter.Binary,
                Place.Output when _reader.ValueTextEquals("classification"u8) => Parameter.Classification,
                Place.Input when _reader.ValueTextEquals("binary_data_size"u8) => Parameter.BinarySize,
                not Place.Request when _reader.ValueTextEquals("shared_memory_region"u8) => Parameter.SharedMemory,
                _ => Parameter.Free,
            };
            var routing = place == Place.Request ? RoutingName() : null;
            if (place == Place.Request && kind == Parameter.Free && _reader.ValueSpan.StartsWith("triton_"u8))
            {
                throw Bad($"parameters.{_reader.GetString()}: names that begin with triton_ are reserved");
            }

            _reader.Read();
            if (_reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False))
            {
                throw Bad($"{PathOf(place, index)}: a value must be a string, a number, true or false");
            }

            if (routing is not null)
            {
                (_request.Routing ??= []).Add(new RoutingValue(
                    routing, _reader.TokenType == JsonTokenType.String ? _reader.GetString()! : Encoding.UTF8.GetString(_reader.ValueSpan)));
            }

            switch (kind)
            {
                case Parameter.EventTime:
                    ReadEventTime();
                    break;
                case Parameter.Priority:
                    SchedulePolicy.SetPriority(_request, Whole());
                    break;
                case Parameter.Timeout:
                    SchedulePolicy.SetTimeout(_request, Whole());
                    break;
                case Parameter.Binary:
                    asked.Binary = _reader.TokenType switch
                    {
                        JsonTokenType.True => true,
                        JsonTokenType.False => false,
                        _ => throw Bad($"{PathOf(place, index)}.{(place == Place.Request ? "binary_data_output" : "binary_data")}: must be true or false"),
                    };
                    break;
                case Parameter.BinarySize:
                    asked.BinarySize = _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out var size) && size >= 0
                        ? size
                        : throw Bad($"{PathOf(place, index)}.binary_data_size: must be a whole number of bytes, 0 or more");
                    break;
                case Parameter.Classification:
                    asked.Classes = _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out var classes) && classes > 0
                        ? classes
                        : throw Bad($"{PathOf(place, index)}.classification: must be a whole number, 1 or more");
                    break;
                case Parameter.SharedMemory:
                    throw Bad($"{PathOf(place, index)}: this server does not offer shared memory; send the tensor as JSON or as a binary block");
            }
        }

        return asked;
    }

    /// <summary>The name at hand, when the rules on callers look at the parameter of that name.</summary>
    private readonly string? RoutingName()
    {
        foreach (var (utf8, text) in _names.Parameters)
        {
            if (_reader.ValueTextEquals(utf8))
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>The number at hand, which Triton's clients also send as a text; null for what is none.</summary>
    private readonly ulong? Whole() => _reader.TokenType switch
    {
        JsonTokenType.Number when _reader.TryGetUInt64(out var number) => number,
        JsonTokenType.String when ulong.TryParse(_reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

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
