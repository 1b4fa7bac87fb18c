using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Chaos.Tests;

/// <summary>A registered model whose version n answers n times its input, so that an answer tells by itself which version gave it.</summary>
internal static class ScalingModel
{
    public const string Name = "scaling";

    private const string MlModel =
        """
        artifact_path: model
        flavors:
          onnx:
            data: model.onnx
            onnx_version: 1.16.0
        signature:
          inputs: '[{"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
          outputs: '[{"type": "tensor", "name": "y", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
        """;

    /// <summary>Registers versions 1 to <paramref name="versions"/>, points champion at the first and serves it.</summary>
    public static async Task ServeAsync(HttpClient client, int versions, CancellationToken cancellation)
    {
        await PostAsync(client, "api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = Name }, cancellation);
        for (var version = 1; version <= versions; version++)
        {
            var made = await PostAsync(client, "api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = "0" }, cancellation);
            var run = made["run"]!["info"]!;
            var root = ((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/');
            await PutAsync(client, $"{root}/model/model.onnx", Times(version), cancellation);
            await PutAsync(client, $"{root}/model/MLmodel", Encoding.UTF8.GetBytes(MlModel), cancellation);
            await PostAsync(
                client, "api/2.0/mlflow/model-versions/create",
                new JsonObject { ["name"] = Name, ["source"] = $"runs:/{run["run_id"]}/model", ["run_id"] = (string)run["run_id"]! }, cancellation);
        }

        await PointAsync(client, 1, cancellation);
        await PostAsync(client, "apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService", ["metadata"] = new JsonObject { ["name"] = Name, ["annotations"] = new JsonObject { ["slipway.dev/prediction-log"] = "off" } },
            ["spec"] = new JsonObject { ["predictor"] = new JsonObject { ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = $"models:/{Name}@champion" } } },
        }, cancellation);
    }

    public static Task PointAsync(HttpClient client, int version, CancellationToken cancellation) => PostAsync(
        client, "api/2.0/mlflow/registered-models/alias",
        new JsonObject { ["name"] = Name, ["alias"] = "champion", ["version"] = version.ToString(CultureInfo.InvariantCulture) }, cancellation);

    public static async Task<JsonObject> PostAsync(HttpClient client, string path, JsonObject body, CancellationToken cancellation)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, cancellation);
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private static async Task PutAsync(HttpClient client, string path, byte[] content, CancellationToken cancellation)
    {
        using var answer = await client.PutAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative), new ByteArrayContent(content), cancellation);
        Assert.True(answer.IsSuccessStatusCode, path);
    }

    /// <summary>y = factor x, as ONNX writes it: protocol buffers, field by field.</summary>
    private static byte[] Times(float factor)
    {
        static byte[] Number(int field, byte value) => [(byte)(field << 3), value];
        static byte[] Bytes(int field, byte[] value) => [(byte)((field << 3) | 2), (byte)value.Length, .. value];
        static byte[] Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        byte[] shape = [.. Bytes(1, Text(2, "N")), .. Bytes(1, Number(1, 1))];
        byte[] Tensor(string name) => [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, 1), .. Bytes(2, shape)]))];
        byte[] constant = [.. Number(1, 1), .. Number(2, 1), .. Text(8, "by"), .. Bytes(9, BitConverter.GetBytes(factor))];
        byte[] node = [.. Text(1, "x"), .. Text(1, "by"), .. Text(2, "y"), .. Text(4, "Mul")];
        byte[] graph = [.. Bytes(1, node), .. Text(2, "times"), .. Bytes(5, constant), .. Bytes(11, Tensor("x")), .. Bytes(12, Tensor("y"))];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, [.. Text(1, ""), .. Number(2, 13)])];
    }
}
