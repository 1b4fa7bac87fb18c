using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Slipway.Serving.Grpc.Messages;

namespace Slipway.Serving.Tests.Releases;

/// <summary>
/// Callers who never stop, over every protocol, while revisions change under them: no request may fail, and each answer's version and value must be of
/// one model (1 answers sales, 2 twice that, 3 its square).
/// </summary>
public sealed class UnderLoadTests
{
    [Fact]
    public async Task AnAliasThatMovesBackAndForth_FiftyTimes()
    {
        await using var host = await RolloutHost.StartAsync();
        await using var load = new Load(host);
        for (var i = 0; i < 50; i++)
        {
            var moved = await host.MoveAsync("housing", "champion", 1 + ((i + 1) % 3));
            await host.UntilAsync("housing", r => (long?)r.Status["observedAliasSequence"] == moved.Sequence);
        }

        await load.CheckAsync(["1", "2", "3"]);
    }

    [Fact]
    public async Task APromotion_ARollbackAndAnAbort()
    {
        await using var host = await RolloutHost.StartAsync("""{"interval":"1s","steps":[{"percent":50,"for":"1h"}]}""");
        await using var load = new Load(host);
        await host.MoveAsync("housing", "champion", 2);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["percent"] == 50);
        await load.SawAsync("2");
        await host.CommandAsync("promote");
        await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 2);
        await host.CommandAsync("undo");
        await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 1);
        await host.MoveAsync("housing", "champion", 3);
        await host.ReportUntilAsync(r => (int?)r["candidate"]?["modelVersion"] == 3 && (string?)r["phase"] == "Progressing");
        await load.SawAsync("3");
        await host.CommandAsync("abort");
        await host.UntilAsync("housing", r => r.Status["components"]!["predictor"]!["traffic"]![0]!["percent"]!.GetValue<int>() == 100);
        await load.CheckAsync(["1", "2", "3"]);
    }

    [Fact]
    public async Task ABlueGreenSwitch_AndItsUndo()
    {
        await using var host = await RolloutHost.StartAsync("""{"strategy":"bluegreen","interval":"1s"}""");
        await using var load = new Load(host);
        for (var round = 0; round < 5; round++)
        {
            await host.MoveAsync("housing", "champion", 2);
            await host.ReportUntilAsync(r => (string?)r["phase"] == "Watching");
            await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 2);
            await host.CommandAsync("undo");
            await host.UntilAsync("housing", r => (int?)r.Status["observedModelVersion"] == 1);
            await host.MoveAsync("housing", "champion", 1);
            await host.ReportUntilAsync(r => (string?)r["phase"] == "Idle");
        }

        await load.CheckAsync(["1", "2"]);
    }

    [Fact]
    public async Task ACanaryWhoseModelIsBroken_AndOneThatFailsEveryRequest()
    {
        await using var host = await RolloutHost.StartAsync(
            """{"interval":"1s","steps":[{"percent":50,"for":"1h"}],"analyses":[{"metric":"errorRate","max":0,"minSamples":5}]}""");
        var (broken, other) = (await host.RegisterAsync("housing", Models.Broken), await host.RegisterAsync("housing", Models.Other));
        await using var load = new Load(host);
        await host.MoveAsync("housing", "champion", broken);
        await host.UntilAsync("housing", r => r.Status["modelStatus"]!["transitionStatus"]!.GetValue<string>() == "BlockedByFailedLoad");
        await host.MoveAsync("housing", "champion", other);
        await host.ReportUntilAsync(r => (string?)r["phase"] == "Refused");
        await load.CheckAsync(["1"]);
    }

    [Fact]
    public async Task SharesByHand_ThatChangeAndGo()
    {
        await using var host = await RolloutHost.StartAsync();
        await using var load = new Load(host);
        for (var round = 0; round < 5; round++)
        {
            await host.ApplyAsync("housing", "models:/housing/1", [(30, "models:/housing/2"), (30, "models:/housing/3")]);
            await host.ApplyAsync("housing", "models:/housing/2", rollout: 40);
            await host.ApplyAsync("housing", "models:/housing/1");
        }

        await load.CheckAsync(["1", "2", "3"]);
    }

    /// <summary>Closed-loop callers: four protocols, each over its own connections.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly ServingHost _host;
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentDictionary<string, int> _versions = new();
        private readonly ConcurrentQueue<string> _wrong = new();
        private readonly Task[] _callers;
        private int _answers;

        public Load(ServingHost host)
        {
            _host = host;
            _callers =
            [
                .. Enumerable.Range(0, 2).Select(_ => Task.Run(() => LoopAsync(RestAsync))), Task.Run(() => LoopAsync(PredictAsync)),
                Task.Run(() => LoopAsync(InvokeAsync)), Task.Run(() => LoopAsync(GrpcAsync)),
            ];
        }

        /// <summary>Ends when that version has answered.</summary>
        public async Task SawAsync(string version)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!_versions.ContainsKey(version))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
            }
        }

        public async Task CheckAsync(string[] versions)
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_callers);
            Assert.True(_wrong.IsEmpty, $"{_wrong.Count} of {_answers} were wrong: {string.Join("; ", _wrong.Take(3))}");
            Assert.True(_answers > 200, $"only {_answers} answers");
            Assert.Equal(versions, _versions.Keys.Order(StringComparer.Ordinal));
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_callers);
            _stop.Dispose();
        }

        private async Task LoopAsync(Func<int, Task<(string? Version, double Value)>> ask)
        {
            for (var i = 0; !_stop.IsCancellationRequested; i++)
            {
                var sales = 5 + (i % 90);
                try
                {
                    var (version, value) = await ask(sales);
                    var by = value == sales ? "1" : value == 2 * sales ? "2" : value == sales * sales ? "3" : "none";
                    _versions.AddOrUpdate(by, 1, (_, n) => n + 1);
                    Interlocked.Increment(ref _answers);
                    if (by == "none" || (version is not null && version != by))
                    {
                        _wrong.Enqueue($"{value} for {sales} by version {version}");
                    }
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    _wrong.Enqueue(e.Message);
                }
            }
        }

        private async Task<(string?, double)> RestAsync(int sales)
        {
            var answer = await SendAsync("/v2/models/housing/infer", Text(
                $$"""{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["x"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[{{sales}}]}]}"""));
            return ((string)answer["model_version"]!, (double)answer["outputs"]![0]!["data"]![0]!);
        }

        private async Task<(string?, double)> PredictAsync(int sales) =>
            (null, (double)(await SendAsync("/v1/models/housing:predict", Text($$"""{"instances":[{"city":["x"],"sales":[{{sales}}]}]}""")))["predictions"]![0]![0]!);

        private async Task<(string?, double)> InvokeAsync(int sales) => (null, (double)(await SendAsync(
            "/serve/housing/invocations", Text($$"""{"dataframe_records":[{"city":"x","sales":{{sales}}}]}""")))["predictions"]![0]!["prediction"]!);

        private async Task<(string?, double)> GrpcAsync(int sales)
        {
            var message = new ModelInferRequest { ModelName = "housing" };
            message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "city", Datatype = "BYTES", Shape = { 1, 1 }, Contents = new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("x") } } });
            message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "sales", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { sales } } });
            var reply = await _host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", message, ModelInferResponse.Parser);
            return (reply.Answer.ModelVersion, reply.Answer.Outputs[0].Contents.Fp32Contents[0]);
        }

        private async Task<JsonNode> SendAsync(string path, string body)
        {
            using var answer = await _host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
        }

        private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
