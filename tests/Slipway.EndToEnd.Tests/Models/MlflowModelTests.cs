using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.EndToEnd.Tests.Models;

/// <summary>A model that MLflow's client logged and registered is served: from the upload to the answer, on the real server.</summary>
public sealed class MlflowModelTests : ServerOfItsOwn
{
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

    [Fact]
    public async Task Model_with_an_onnx_flavor_Is_served_by_its_alias_and_kept_while_it_is()
    {
        var run = (await PostAsync("api/2.0/mlflow/runs/create", new JsonObject { ["experiment_id"] = "0" }))["run"]!["info"]!;
        var root = ((string)run["artifact_uri"]!)["mlflow-artifacts:/".Length..].TrimStart('/');
        await PutAsync($"{root}/model/model.onnx", Doubling());
        await PutAsync($"{root}/model/MLmodel", Encoding.UTF8.GetBytes(MlModel));
        await PostAsync("api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = "doubling" });
        await PostAsync("api/2.0/mlflow/model-versions/create", new JsonObject { ["name"] = "doubling", ["source"] = $"runs:/{run["run_id"]}/model", ["run_id"] = (string)run["run_id"]! });
        await PostAsync("api/2.0/mlflow/registered-models/alias", new JsonObject { ["name"] = "doubling", ["alias"] = "champion", ["version"] = "1" });
        await PostAsync("apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices", new JsonObject
        {
            ["apiVersion"] = "serving.kserve.io/v1beta1", ["kind"] = "InferenceService", ["metadata"] = new JsonObject { ["name"] = "doubling" },
            ["spec"] = new JsonObject { ["predictor"] = new JsonObject { ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = "models:/doubling@champion" } } },
        });

        Assert.Equal("[3,8]", (await AnswerAsync())["outputs"]![0]!["data"]!.ToJsonString());

        using var delete = new HttpRequestMessage(HttpMethod.Delete, "api/2.0/mlflow/registered-models/delete") { Content = JsonContent.Create(new JsonObject { ["name"] = "doubling" }) };
        using var refused = await Client.SendAsync(delete, TestContext.Current.CancellationToken);
        Assert.Equal(409, (int)refused.StatusCode);
    }

    /// <summary>Asks until the service is up.</summary>
    private async Task<JsonObject> AnswerAsync()
    {
        var body = new JsonObject
        {
            ["inputs"] = new JsonArray(new JsonObject { ["name"] = "x", ["shape"] = new JsonArray(2, 1), ["datatype"] = "FP32", ["data"] = new JsonArray(1.5, 4) }),
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (true)
        {
            using var answer = await Client.PostAsJsonAsync("v2/models/doubling/infer", body, limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                return (await answer.Content.ReadFromJsonAsync<JsonObject>(limit.Token))!;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private async Task<JsonObject> PostAsync(string path, JsonObject body)
    {
        using var answer = await Client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private async Task PutAsync(string path, byte[] content)
    {
        using var answer = await Client.PutAsync(new Uri($"api/2.0/mlflow-artifacts/artifacts/{path}", UriKind.Relative), new ByteArrayContent(content), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, path);
    }

    /// <summary>y = 2 x, as ONNX writes it: protocol buffers, field by field.</summary>
    private static byte[] Doubling()
    {
        static byte[] Number(int field, byte value) => [(byte)(field << 3), value];
        static byte[] Bytes(int field, byte[] value) => [(byte)((field << 3) | 2), (byte)value.Length, .. value];
        static byte[] Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        byte[] shape = [.. Bytes(1, Text(2, "N")), .. Bytes(1, Number(1, 1))];
        byte[] Tensor(string name) => [.. Text(1, name), .. Bytes(2, Bytes(1, [.. Number(1, 1), .. Bytes(2, shape)]))];
        byte[] two = [.. Number(1, 1), .. Number(2, 1), .. Text(8, "two"), .. Bytes(9, BitConverter.GetBytes(2f))];
        byte[] node = [.. Text(1, "x"), .. Text(1, "two"), .. Text(2, "y"), .. Text(4, "Mul")];
        byte[] graph = [.. Bytes(1, node), .. Text(2, "doubling"), .. Bytes(5, two), .. Bytes(11, Tensor("x")), .. Bytes(12, Tensor("y"))];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, [.. Text(1, ""), .. Number(2, 13)])];
    }
}
