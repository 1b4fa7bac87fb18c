using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Chaos.Tests;

/// <summary><c>slipway score</c> killed in the middle, and its server with it: the same command ends with the file that an undisturbed run writes.</summary>
public sealed class KilledScoringTests
{
    private const int Rows = 300_000;

    [Fact]
    public async Task Scoring_killed_in_the_middle_goes_on_and_ends_as_if_nothing_had_happened()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var here = new LoopOnServer(folder.File("data"));
        here.Start();
        await here.ReadyAsync(cancellation);
        await RegisterAsync(here.Client, cancellation);
        var input = folder.File("in.csv");
        await File.WriteAllTextAsync(input, "id,x\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => $"{i},{i % 1000}.25\n")), cancellation);
        var (whole, cut) = (folder.File("whole.parquet"), folder.File("cut.parquet"));
        Assert.Equal(0, await EndAsync(Score(here, input, whole), cancellation));

        for (var kill = 0; kill < 3 && !File.Exists(cut); kill++)
        {
            await using var scoring = Score(here, input, cut);
            var seen = await PredictedAsync(cut);
            while (!scoring.HasExited && await PredictedAsync(cut) <= seen + 100_000)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
            }

            if (kill == 1)
            {
                await here.KillAsync();
                here.Start();
                await here.ReadyAsync(cancellation);
            }
        }

        Assert.Equal(0, await EndAsync(Score(here, input, cut), cancellation));
        Assert.Equal(await File.ReadAllBytesAsync(whole, cancellation), await File.ReadAllBytesAsync(cut, cancellation));
        Assert.False(Directory.Exists(cut + ".scoring"));
    }

    private static SlipwayProgram Score(LoopOnServer here, string input, string output) =>
        SlipwayProgram.Start("score", "models:/m/1", input, output, "--batch-rows", "2048", "--server", here.Client.BaseAddress!.ToString());

    private static async Task<int> EndAsync(SlipwayProgram scoring, CancellationToken cancellation)
    {
        await using (scoring)
        {
            return await scoring.ExitAsync(cancellation);
        }
    }

    private static Task<long> PredictedAsync(string output)
    {
        var file = new FileInfo(Path.Combine(output + ".scoring", "predictions.csv"));
        return Task.FromResult(file.Exists ? file.Length : 0);
    }

    /// <summary>prediction = 2 x, registered as MLflow's clients do it.</summary>
    private static async Task RegisterAsync(HttpClient client, CancellationToken cancellation)
    {
        var onnx = OnnxWriter.Model(
            [OnnxWriter.Node("Add", ["x", "x"], ["prediction"])], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 1)], [OnnxWriter.Tensor("prediction", OnnxType.FP32, -1, 1)]);
        var run = await PostAsync(client, "runs/create", new JsonObject { ["experiment_id"] = "0", ["start_time"] = 1 }, cancellation);
        var artifacts = (string)run["run"]!["info"]!["artifact_uri"]!;
        using var file = new ByteArrayContent(onnx);
        using var put = await client.PutAsync($"api/2.0/mlflow-artifacts/artifacts/{artifacts["mlflow-artifacts:/".Length..].TrimStart('/')}/model/model.onnx", file, cancellation);
        put.EnsureSuccessStatusCode();
        await PostAsync(client, "registered-models/create", new JsonObject { ["name"] = "m" }, cancellation);
        await PostAsync(client, "model-versions/create", new JsonObject { ["name"] = "m", ["source"] = artifacts + "/model" }, cancellation);
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, JsonObject body, CancellationToken cancellation)
    {
        using var answer = await client.PostAsync($"api/2.0/mlflow/{path}", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(cancellation))!;
    }
}
