using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Repository;

/// <summary>Reads members of a model configuration and collects what is wrong with them. Numbers may be texts, as protobuf's JSON writes 64-bit ones.</summary>
internal sealed class ConfigReader
{
    private readonly List<Fault> _all = [];

    public IReadOnlyList<Fault> All => _all;

    public void Fault(string path, string message) => _all.Add(new Fault(path, message));

    public string? Text(string path, JsonNode? value)
    {
        if (value is JsonValue text && text.TryGetValue<string>(out var read))
        {
            return read;
        }

        Fault(path, "must be a text");
        return null;
    }

    public bool? Flag(string path, JsonNode? value)
    {
        if (value is null)
        {
            return null;
        }

        if (value is JsonValue flag && flag.TryGetValue<bool>(out var read))
        {
            return read;
        }

        Fault(path, "must be true or false");
        return null;
    }

    /// <summary>Null when it is absent or wrong.</summary>
    public int? Whole(string path, JsonNode? value, int least, int most)
    {
        if (value is null)
        {
            return null;
        }

        if (value is JsonValue && int.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var read) && read >= least && read <= most)
        {
            return read;
        }

        Fault(path, $"must be a whole number from {least} to {most}");
        return null;
    }

    public List<int> Wholes(string path, JsonNode? value, int least, int most)
    {
        var read = new List<int>();
        if (value is null)
        {
            return read;
        }

        if (value is not JsonArray list)
        {
            Fault(path, "must be a list of numbers");
            return read;
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (Whole($"{path}[{i}]", list[i] ?? "", least, most) is { } number)
            {
                read.Add(number);
            }
        }

        return read;
    }

    /// <summary>The object, having told of members that it may not have; null when it is none.</summary>
    public JsonObject? Only(string path, JsonNode? value, params string[] known)
    {
        if (value is not JsonObject read)
        {
            Fault(path, "must be an object");
            return null;
        }

        foreach (var (name, _) in read.Where(m => !known.Contains(m.Key)))
        {
            Fault($"{path}.{name}", $"has no meaning here; there {(known.Length == 1 ? "is" : "are")} {string.Join(", ", known)}");
        }

        return read;
    }

    public IEnumerable<(JsonObject Value, string Path)> Objects(string path, JsonNode? value)
    {
        if (value is not JsonArray list)
        {
            Fault(path, "must be a list");
            yield break;
        }

        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject read)
            {
                yield return (read, $"{path}[{i}]");
            }
            else
            {
                Fault($"{path}[{i}]", "must be an object");
            }
        }
    }

    public List<ConfigTensor> Tensors(string path, JsonNode? value)
    {
        var tensors = new List<ConfigTensor>();
        foreach (var (tensor, at) in Objects(path, value))
        {
            // A field without effect is one that says what is so anyway; anything else is refused by its name.
            Only(at, tensor, "name", "data_type", "dims", "format", "optional", "is_shape_tensor", "allow_ragged_batch", "label_filename");
            foreach (var odd in new[] { "is_shape_tensor", "allow_ragged_batch", "label_filename" })
            {
                if (tensor[odd]?.ToJsonString() is not (null or "false" or "\"\""))
                {
                    Fault($"{at}.{odd}", "has no meaning here; leave it out");
                }
            }

            if (tensor["format"] is { } format && format.ToString() != "FORMAT_NONE")
            {
                Fault($"{at}.format", "tensors are passed on as they are; use FORMAT_NONE");
            }

            var dims = tensor["dims"] is null ? null : Wholes($"{at}.dims", tensor["dims"], -1, int.MaxValue).ConvertAll(d => (long)d);
            if (Text($"{at}.name", tensor["name"]) is { } name)
            {
                tensors.Add(new ConfigTensor(at, name, tensor["data_type"] is { } type ? Text($"{at}.data_type", type) : null, dims));
            }
        }

        return tensors;
    }
}
