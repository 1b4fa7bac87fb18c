using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Slipway.Bench.Serving;

/// <summary>The bodies that the loads send.</summary>
internal static class Requests
{
    public static float[] Values(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => MathF.Round(random.NextSingle() * 10, 3))];
    }

    public static byte[] Json(long[] shape, float[] values, bool withId = true) => Encoding.UTF8.GetBytes(
        $$$"""{{{{(withId ? "\"id\":\"1\"," : "")}}}"inputs":[{"name":"x","shape":[{{{string.Join(',', shape)}}}],"datatype":"FP32","data":{{{JsonSerializer.Serialize(values)}}}}]}""");

    /// <summary>A whole HTTP request with a binary block.</summary>
    public static byte[] Binary(string model, long[] shape, float[] values)
    {
        var raw = MemoryMarshal.AsBytes<float>(values).ToArray();
        var header = Encoding.UTF8.GetBytes(
            $$$"""{"id":"1","parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[{{{string.Join(',', shape)}}}],"datatype":"FP32","parameters":{"binary_data_size":{{{raw.Length}}}}}]}""");
        return Load.Post($"/v2/models/{model}/infer", [.. header, .. raw], "application/octet-stream", $"Inference-Header-Content-Length: {header.Length}");
    }
}
