using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Protocol;

/// <summary>Every error of the protocol with its exact status and words: callers match on both.</summary>
public sealed class ErrorTests
{
    private const string A = """{"name":"a","shape":[1,2],"datatype":"FP32","data":[1,2]}""";
    private const string B = """{"name":"b","shape":[1,2],"datatype":"FP32","data":[3,4]}""";

    /// <summary>s = a + b; one more model fails on what it is given.</summary>
    private static readonly byte[] Add = OnnxWriter.Model(
        [OnnxWriter.Node("Add", ["a", "b"], ["s"])],
        [OnnxWriter.Tensor("a", OnnxType.FP32, -1, 2), OnnxWriter.Tensor("b", OnnxType.FP32, -1, 2)], [OnnxWriter.Tensor("s", OnnxType.FP32, -1, 2)]);

    public static TheoryData<string, int, string> Bodies => new()
    {
        { "", 400, "The body is not JSON: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true. LineNumber: 0 | BytePositionInLine: 0." },
        { "[]", 400, "The body must be a JSON object with \"inputs\"" },
        { "{}", 400, "inputs: missing; a request has {\"inputs\":[{\"name\",\"shape\",\"datatype\",\"data\"}]}" },
        { """{"inputs":null}""", 400, "inputs: must be a list" },
        { """{"inputs":[1]}""", 400, "inputs[0]: must be an object" },
        { """{"inputs":[],"inputs":[]}""", 400, "inputs: given twice" },
        { """{"inputs":[]}""", 400, "a: missing; the model needs FP32 [-1, 2]; b: missing; the model needs FP32 [-1, 2]" },
        { $$"""{"inputs":[{{A}}]}""", 400, "b: missing; the model needs FP32 [-1, 2]" },
        { $$"""{"inputs":[{{A}},{{B}},{{A}}]}""", 400, "a: given twice" },
        { Instead(A, "\"a\"", "\"c\""), 400, "c: no such input; the model has a, b; a: missing; the model needs FP32 [-1, 2]" },
        { Instead(A, "\"name\":\"a\",", ""), 400, "inputs[0].name: missing; an input has name, shape, datatype and data" },
        { Instead(A, "\"a\"", "5"), 400, "inputs[0].name: must be a string" },
        { Instead(A, "\"shape\":[1,2],", ""), 400, "inputs[0].shape: missing; an input has name, shape, datatype and data" },
        { Instead(A, "[1,2],\"datatype\"", "[-1,2],\"datatype\""), 400, "inputs[0].shape[0]: must be a whole number, 0 or more" },
        { Instead(A, "[1,2],\"datatype\"", "[1.5,2],\"datatype\""), 400, "inputs[0].shape[0]: must be a whole number, 0 or more" },
        { Instead(A, "[1,2],\"datatype\"", "[2],\"datatype\""), 400, "a: shape [2] given, the model needs [-1, 2] (-1 is any size)" },
        { Instead(A, "[1,2],\"datatype\"", "[2,2],\"datatype\""), 400, "inputs[0] 'a': shape [2,2] means 4 elements, data has 2" },
        { Instead(A, "[1,2],\"datatype\"", "[1099511627776,1099511627776],\"datatype\""), 400, "inputs[0] 'a': shape [1099511627776,1099511627776] means too many elements, data has 2" },
        { Instead(A, ",\"datatype\":\"FP32\"", ""), 400, "inputs[0].datatype: missing; an input has name, shape, datatype and data" },
        { Instead(A, "FP32", "INT32"), 400, "a: datatype INT32 given, the model needs FP32" },
        { Instead(A, "FP32", "fp32"), 400, "inputs[0].datatype: must be one of FP32, BYTES, INT64, FP64, INT32, BOOL, UINT8, INT8, UINT16, INT16, UINT32, UINT64, FP16, BF16, in upper case" },
        { Instead(A, ",\"data\":[1,2]", ""), 400, "inputs[0].data: missing; an input has name, shape, datatype and data" },
        { Instead(A, "\"data\":[1,2]", "\"data\":5"), 400, "inputs[0].data: must be a list" },
        { Instead(A, "\"data\":[1,2]", "\"data\":[\"1\",2]"), 400, "inputs[0].data[0]: 1 is not an FP32 number within its range (null is a missing value)" },
        { Instead(A, "\"data\":[1,2]", "\"data\":[1,1e39]"), 400, "inputs[0].data[1]: 1e39 is not an FP32 number within its range (null is a missing value)" },
        { Instead(A, "\"data\":[1,2]", "\"parameters\":{\"shared_memory_region\":\"r\"}"), 400, "inputs[0].parameters: this server does not offer shared memory; send the tensor as JSON or as a binary block" },
        { Instead(A, "\"data\":[1,2]", "\"parameters\":{\"binary_data_size\":-1}"), 400, "inputs[0].parameters.binary_data_size: must be a whole number of bytes, 0 or more" },
        { With("\"id\":5"), 400, "id: must be a string" },
        { With("\"id\":\"\\u0001\""), 400, "id: may have 256 characters at most and no control characters" },
        { With("\"outputs\":[{\"name\":\"z\"}]"), 400, "outputs: 'z' is not an output of the model; it has s" },
        { With("\"outputs\":[{\"name\":\"s\"},{\"name\":\"s\"}]"), 400, "outputs: 's' is asked for twice" },
        { With("\"outputs\":[{}]"), 400, "outputs[0].name: missing" },
        { With("\"outputs\":[5]"), 400, "outputs[0]: must be an object with a name" },
        { With("\"outputs\":[{\"name\":\"s\",\"parameters\":{\"classification\":0}}]"), 400, "outputs[0].parameters.classification: must be a whole number, 1 or more" },
        { With("\"outputs\":[{\"name\":\"s\",\"parameters\":{\"binary_data\":1}}]"), 400, "outputs[0].parameters.binary_data: must be true or false" },
        { With("\"parameters\":[]"), 400, "parameters: must be an object" },
        { With("\"parameters\":{\"a\":[1]}"), 400, "parameters: a value must be a string, a number, true or false" },
        { With("\"parameters\":{\"timeout\":-1}"), 400, "parameters.timeout: must be a whole number, 0 or more" },
        { With("\"parameters\":{\"triton_x\":1}"), 400, "parameters.triton_x: names that begin with triton_ are reserved" },
        { With("\"parameters\":{\"binary_data_output\":\"yes\"}"), 400, "parameters.binary_data_output: must be true or false" },
    };

    public static TheoryData<string, string, int, string> Paths => new()
    {
        { "GET", "/v2/models/nobody", 404, "Model 'nobody' not found" },
        { "GET", "/v2/models/nobody/ready", 404, "Model 'nobody' not found" },
        { "GET", "/v2/models/nobody/config", 404, "Model 'nobody' not found" },
        { "GET", "/v2/models/nobody/stats", 404, "Model 'nobody' not found" },
        { "POST", "/v2/models/nobody/infer", 404, "Model 'nobody' not found" },
        { "GET", "/v2/models/m/versions/9", 404, "Version '9' of model 'm' not found" },
        { "GET", "/v2/models/m/versions/9/ready", 404, "Version '9' of model 'm' not found" },
        { "GET", "/v2/models/m/versions/9/stats", 404, "Version '9' of model 'm' not found" },
        { "POST", "/v2/models/m/versions/9/infer", 404, "Version '9' of model 'm' not found" },
        { "POST", "/v2/models/m/versions/v10/infer", 404, "Version 'v10' of model 'm' not found" },
        { "GET", "/v2/models/broken", 503, "Model 'broken' is not ready: no revision of it could be loaded yet" },
        { "GET", "/v2/models/broken/ready", 503, "Model 'broken' is not ready: no revision of it could be loaded yet" },
        { "POST", "/v2/models/broken/infer", 503, "Model 'broken' is not ready: no revision of it could be loaded yet" },
        { "GET", "/v2/health/ready", 503, "Not ready: default/broken" },
        { "POST", "/v2/repository/models/nobody/load", 404, "Model 'nobody' not found: neither an inference service nor a registered model has that name" },
        { "POST", "/v2/repository/models/nobody/unload", 404, "Model 'nobody' not found" },
        { "GET", "/v1/models/nobody", 404, "Model 'nobody' not found" },
        { "GET", "/v1/models/broken", 503, "Model 'broken' is not ready: no revision of it could be loaded yet" },
        { "GET", "/v1/models/m/labels/none", 404, "Label 'none' of model 'm' not found" },
        { "GET", "/v1/models/m:predict", 405, "/v1/models/m:predict: GET is not allowed here, POST is (:predict asks the model)" },
        { "POST", "/v1/models/nobody:predict", 404, "Model 'nobody' not found" },
        { "POST", "/v1/models/m/versions/9:predict", 404, "Version '9' of model 'm' not found" },
        { "POST", "/serving/default/nobody/v2/models/m/infer", 404, "Inference service 'nobody' with model 'm' not found" },
    };

    public static TheoryData<string, string, int, string> Headers => new()
    {
        { "Inference-Header-Content-Length", "x", 400, "Inference-Header-Content-Length: 'x' is not a number of bytes" },
        { "Inference-Header-Content-Length", "-1", 400, "Inference-Header-Content-Length: '-1' is not a number of bytes" },
        { "Inference-Header-Content-Length", "99999", 400, $"Inference-Header-Content-Length: is 99999, but the body has only {Good.Length} bytes" },
        { "Inference-Header-Content-Length", "0", 400, "A raw binary request is for models of one input; this one has 2" },
        { "Content-Encoding", "br", 415, "Content-Encoding 'br' is not supported; this server takes gzip, deflate" },
        { "Content-Encoding", "gzip", 400, "The body is not gzip, though Content-Encoding says so" },
        { "Content-Encoding", "deflate", 400, "The body is not deflate (a zlib stream), though Content-Encoding says so" },
    };

    private static string Good => $$"""{"inputs":[{{A}},{{B}}]}""";

    [Fact]
    public async Task ABody_IsRefusedInExactlyTheseWords()
    {
        await using var host = await HostAsync();
        foreach (var row in Bodies)
        {
            var (body, status, words) = row.Data;
            Assert.Equal((body, status, words), (body, await AskAsync(host, "POST", "/v2/models/m/infer", body)).Flat());
        }
    }

    [Fact]
    public async Task APath_IsRefusedInExactlyTheseWords()
    {
        await using var host = await HostAsync();
        foreach (var row in Paths)
        {
            var (method, path, status, words) = row.Data;
            Assert.Equal((method + path, status, words), (method + path, await AskAsync(host, method, path, method == "POST" ? path.Contains("repository", StringComparison.Ordinal) ? "{}" : Good : null)).Flat());
        }
    }

    [Fact]
    public async Task AHeader_IsRefusedInExactlyTheseWords()
    {
        await using var host = await HostAsync();
        foreach (var row in Headers)
        {
            var (name, value, status, words) = row.Data;
            Assert.Equal((name + value, status, words), (name + value, await AskAsync(host, "POST", "/v2/models/m/infer", Good, (name, value))).Flat());
        }
    }

    /// <summary>Only the answers that have a body of their own: what is refused there names neither a file nor a stack.</summary>
    [Fact]
    public async Task ARunThatFailsOnItsInputs_IsTheCallersFault()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("g", OnnxWriter.Model(
            [OnnxWriter.Node("Gather", ["t", "i"], ["y"])], [OnnxWriter.Tensor("i", OnnxType.INT64, -1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1)],
            weights: [OnnxWriter.Weights("t", [3], [1f, 2f, 3f])]));
        await host.ApplyAsync("g", "models:/g/1");

        var (status, words) = await AskAsync(host, "POST", "/v2/models/g/infer", """{"inputs":[{"name":"i","shape":[1],"datatype":"INT64","data":[99]}]}""");

        Assert.True(status == 400, words);
        Assert.StartsWith("The model failed on these inputs: ", words, StringComparison.Ordinal);
        Assert.Contains("idx=99", words, StringComparison.Ordinal);
    }

    private static string Instead(string input, string what, string by) => $$"""{"inputs":[{{input.Replace(what, by, StringComparison.Ordinal)}},{{B}}]}""";

    private static string With(string member) => $$"""{"inputs":[{{A}},{{B}}],{{member}}}""";

    private static async Task<(int Status, string Words)> AskAsync(ServingHost host, string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            foreach (var (name, value) in headers)
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await host.Http.SendAsync(request);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!);
    }

    private static async Task<ServingHost> HostAsync()
    {
        var host = await ServingHost.StartAsync();
        await host.RegisterAsync("m", Add);
        await host.RegisterAsync("broken", Models.Broken);
        await host.ApplyAsync("m", "models:/m/1");
        await host.ApplyAsync("broken", "models:/broken/1");
        return host;
    }
}

/// <summary>One tuple of what was asked and what came, so that a failure shows both.</summary>
internal static class Flattened
{
    public static (string, int, string) Flat(this (string Asked, (int Status, string Words) Told) pair) => (pair.Asked, pair.Told.Status, pair.Told.Words);
}
