using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Revisions;
using Slipway.Serving.Runtimes.Python;
using Slipway.Serving.Tests.Runtimes;

namespace Slipway.Serving.Tests.Doors;

/// <summary>The transformer is a class in worker processes of this server: it doubles the sales on the way in and names itself on the way out.</summary>
public sealed class TransformerCodeTests
{
    private const string Code = """
        import os, time

        class Transformer:
            def load(self, folder):
                self.factor = float(open(os.path.join(folder, "factor")).read())

            def preprocess(self, payload, headers):
                if isinstance(payload, str):
                    return payload.replace("3", "6")
                print("asked for", payload.get("do", "nothing"))
                do = payload.pop("do", "")
                if do == "refuse": raise ValueError("no such image")
                if do == "fail": return payload["nothing"]
                if do == "nothing": return None
                if do == "object": return {"a": object()}
                if do == "hang": time.sleep(60)
                if do == "slow": time.sleep(0.05)
                if do == "misshape": payload = {"instances": [{"city": ["A"]}]}
                for tensor in payload.get("inputs", []):
                    if tensor["name"] == "sales":
                        tensor["data"] = tensor["data"] * self.factor if hasattr(tensor["data"], "dtype") else [value * self.factor for value in tensor["data"]]
                for row in payload.get("instances", []):
                    if "sales" in row:
                        row["sales"] = [value * self.factor for value in row["sales"]]
                return payload

            async def postprocess(self, answer, headers):
                tenant = headers.get("x-tenant", "") + headers.get("authorization", "")
                if tenant == "failafter": raise ValueError("no label for it")
                if tenant == "nan": answer["nan"] = float("nan")
                answer["by"] = os.getpid()
                answer["tenant"] = tenant
                return answer
        """;

    private const string Usual = "\"annotations\":{\"slipway.dev/propagate-headers\":\"X-Tenant\"},\"timeout\":30,";

    private const string Rows = """{"instances":[{"city":["A"],"sales":[3]}]}""";
    private const string Oip = """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["A"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";

    [Theory]
    [InlineData("/v1/models/housing:predict", Rows, "application/json")]
    [InlineData("/v1/models/housing/versions/1:predict", Rows, "application/json")]
    [InlineData("/serving/default/housing/v1/models/housing:predict", Rows, "application/json")]
    [InlineData("/v2/models/housing/infer", Oip, "application/json")]
    [InlineData("/serving/default/housing/v2/models/housing/infer", Oip, "application/json")]
    [InlineData("/serve/housing/invocations", Rows, "application/json")]
    [InlineData("/invocations", "city,sales\nA,3\n", "text/csv")]
    public async Task ARequest_GoesThroughTheClass_InAndOut_OverEveryProtocol(string path, string body, string type)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.TryAddWithoutValidation("X-Tenant", "north");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        using var response = await host.Http.SendAsync(request);
        var answer = await UnpackedAsync(response);

        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        Assert.Contains("6", answer.ToJsonString(), StringComparison.Ordinal);
        Assert.NotEqual(Environment.ProcessId, (int)answer["by"]!);
        Assert.Equal("north", (string)answer["tenant"]!);
        Assert.True(response.Headers.Contains("Slipway-Prediction-Id"));
        Assert.Equal(1, (int)(await host.SummaryAsync("housing"))["served"]!);
    }

    [Fact]
    public async Task BinaryTensors_ComeToTheClassAsArrays_AndGoOutAsBlocks()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);
        var json = """
            {"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["A"]},
             {"name":"sales","shape":[1,1],"datatype":"FP32","parameters":{"binary_data_size":4}}],"parameters":{"binary_data_output":true}}
            """;
        using var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(json), .. BitConverter.GetBytes(3f)]);
        content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", Encoding.UTF8.GetByteCount(json).ToString(CultureInfo.InvariantCulture));

        using var response = await host.Http.PostAsync("/v2/models/housing/infer", content);
        var bytes = await response.Content.ReadAsByteArrayAsync();

        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));
        var header = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single(), CultureInfo.InvariantCulture);
        Assert.NotNull(JsonNode.Parse(bytes.AsSpan(0, header))!["by"]);
        Assert.Equal(6f, BitConverter.ToSingle(bytes, header));
    }

    [Theory]
    [InlineData("refuse", 400, "The transformer's preprocess refused the request: no such image")]
    [InlineData("fail", 500, "The transformer's preprocess failed: KeyError: 'nothing'")]
    [InlineData("nothing", 500, "The transformer's preprocess failed: WrongResult: it gave back what cannot be sent: NoneType, where a dict or a list is wanted")]
    [InlineData("object", 500, "a object is no JSON")]
    [InlineData("misshape", 400, "The predictor refused what the transformer made of the request: ")]
    [InlineData("failafter", 500, "The transformer's postprocess refused the request: no label for it")]
    [InlineData("hang", 504, "The transformer of 'housing' did not answer within 2 s; the time was up in preprocess")]
    public async Task AFaultOfTheClass_IsToldByItsName_AndTheNextRequestIsAnswered(string what, int status, string words)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, what == "hang" ? Usual.Replace("30", "2", StringComparison.Ordinal) : Usual);

        host.Http.DefaultRequestHeaders.Add("X-Tenant", what);
        using var failed = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows[..^1] + $$""","do":"{{what}}"}"""));
        var text = await failed.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)failed.StatusCode);
        Assert.Contains(words, (string)JsonNode.Parse(text)!["error"]!, StringComparison.Ordinal);

        using var invoked = await host.Http.PostAsync("/serve/housing/invocations", Json(Rows[..^1] + $$""","do":"{{(what == "hang" ? "fail" : what)}}"}"""));
        Assert.NotNull((await invoked.Content.ReadFromJsonAsync<JsonObject>())!["error_code"]);
        host.Http.DefaultRequestHeaders.Remove("X-Tenant");
        using var good = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Theory]
    [InlineData("{", "the body is no JSON")]
    [InlineData("[[[[", "the body is no JSON")]
    public async Task ABodyThatIsNoJson_IsTheCallersFault(string body, string words)
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);
        using var response = await host.Http.PostAsync("/v2/models/housing/infer", Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(words, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        host.Http.DefaultRequestHeaders.Add("X-Tenant", "nan");
        using var nan = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));
        Assert.Contains("\"nan\":null", await nan.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KilledUnderLoad_ItsWorkersCostNoCallerAnAnswer()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, "\"minReplicas\":2,\"maxReplicas\":2,\"timeout\":30,");
        await host.UntilAsync("housing", r => Message(r).Contains("2 of 2 workers", StringComparison.Ordinal));
        var victim = await ByAsync(host, "");

        var flying = Enumerable.Range(0, 100).Select(_ => ByAsync(host, "slow")).ToArray();
        await flying[5];
        Process.GetProcessById(victim).Kill();
        var pids = await Task.WhenAll(flying);

        Assert.InRange(pids.Distinct().Count(), 2, 4);
        await host.UntilAsync("housing", r => Message(r).Contains("2 of 2 workers", StringComparison.Ordinal) && !Message(r).Contains("signal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnIdleOne_EndsItsWorkers_AndWakesForTheNextRequest()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder, "\"minReplicas\":0,\"annotations\":{\"slipway.dev/scale-to-zero-after\":\"300ms\"},");
        var workers = host.Get<WorkerHost>();
        await ByAsync(host, "");
        await Eventually.HoldsAsync(() => workers.Count == 0);
        await host.UntilAsync("housing", r => Message(r).Contains("the next request wakes it", StringComparison.Ordinal));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ByAsync(host, "")));
    }

    [Fact]
    public async Task ABrokenNewVersion_LeavesTheLastOneAnswering_AlsoAfterARestart_AndGoesWithTheService()
    {
        using var data = new TempFolder();
        using var folder = new TempFolder();
        await using (var host = await HostAsync(folder, data: data))
        {
            var broken = PythonModels.Custom(folder, "class Transformer:\n    def preprocess(self, payload): return payload\nraise ImportError('no module of that name')");
            var applied = await host.ApplyManifestAsync("housing", Spec(broken, ""));
            Assert.Equal(("False", "False"), (Conditions.StatusOf(applied, "TransformerReady"), Conditions.StatusOf(applied, "Ready")));
            Assert.Contains("no module of that name", Message(applied), StringComparison.Ordinal);
            Assert.Contains("housing/transformer-00001 goes on answering", Message(applied), StringComparison.Ordinal);
            await ByAsync(host, "");

            // Also when the change comes before the status of what is live was written.
            applied.Json.Remove("status");
            var planned = await host.Get<ServicePlanner>().PlanAsync(applied, ServiceSpec.Read(applied.Json).OrThrow(), CancellationToken.None);
            Assert.Equal("housing/transformer-00001", planned.Transformer?.Live?.Revision.Name);
        }

        await using var again = await ServingHost.StartAsync(data);
        await ByAsync(again, "");

        // Without one that ever answered, requests are refused and not passed by it.
        var alone = await again.ApplyManifestAsync("alone", Spec(folder.FullPath, ""));
        Assert.Equal("ModelInvalid", (string)alone.Status["conditions"]!.AsArray().Single(c => (string)c!["type"]! == "TransformerReady")!["reason"]!);
        using var refused = await again.Http.PostAsync("/v1/models/alone:predict", Json(Rows));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("The transformer of 'alone' is not ready", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        foreach (var name in new[] { "housing", "alone" })
        {
            (await again.Resources.DeleteAsync(InferenceServiceKind.Definition, "default", name, new DeleteOptions("test"), CancellationToken.None)).OrThrow();
        }

        await Eventually.HoldsAsync(() => again.Get<WorkerHost>().Count == 0);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await again.Get<RevisionStore>().FindAsync("default", "housing/transformer", 1, limit.Token) is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    [Fact]
    public async Task ANewVersion_TakesOver_WithoutARequestLost()
    {
        using var folder = new TempFolder();
        await using var host = await HostAsync(folder);
        using var enough = new CancellationTokenSource();
        var answers = Enumerable.Range(0, 4).Select(async _ =>
        {
            var seen = new HashSet<int>();
            while (!enough.IsCancellationRequested)
            {
                seen.Add(await ByAsync(host, ""));
            }

            return seen;
        }).ToArray();

        var next = Folder(folder, "4");
        var applied = await host.ApplyManifestAsync("housing", Spec(next, ""));
        Assert.Equal("housing/transformer-00002", (string)applied.Status["components"]!["transformer"]!["latestRolledoutRevision"]!);
        using var response = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));
        Assert.Contains("12", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(answers), Assert.NotEmpty);
        await Eventually.HoldsAsync(() => host.Get<WorkerHost>().Count == 1);

        // And without one, requests go to the predictor.
        var without = await host.ApplyManifestAsync("housing", Spec(null, ""));
        Assert.Null(without.Status["components"]!["transformer"]);
        Assert.DoesNotContain(without.Status["conditions"]!.AsArray(), c => (string)c!["type"]! == "TransformerReady");
    }

    [Fact]
    public async Task InFrontOfAPythonModel_AndOfARemoteOne_ItIsTheSame()
    {
        using var folder = new TempFolder();
        await using var far = await HostAsync(folder);
        await using var host = await ServingHost.StartAsync();
        var doubling = PythonModels.Custom(folder, """
            class Transformer:
                def preprocess(self, payload):
                    for tensor in payload["inputs"]:
                        tensor["data"] = [value * 2 for value in tensor["data"]]
                    return payload

            class Model:
                inputs = [{"name": "x", "datatype": "FP64", "shape": [-1]}]
                outputs = [{"name": "y", "datatype": "FP64", "shape": [-1]}]

                def predict(self, inputs):
                    return {"y": inputs["x"] + 1}
            """);

        // One folder may hold both.
        var component = $$"""{"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{doubling}}"} }""";
        await host.ApplyManifestAsync("both", $$"""{"transformer":{{component}},"predictor":{{component}} }""");
        using var python = await host.Http.PostAsync("/v2/models/both/infer", Json("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,10]}]}"""));
        Assert.Contains("[3,21]", (await python.Content.ReadAsStringAsync()).Replace(".0", "", StringComparison.Ordinal), StringComparison.Ordinal);

        await host.ApplyManifestAsync(
            "far",
            $$"""
            {"transformer":{"model":{"modelFormat":{"name":"python"},"storageUri":"file://{{Folder(folder, "5")}}"} },
             "predictor":{"model":{"modelFormat":{"name":"remote"},"storageUri":"{{far.Http.BaseAddress}}serving/default/housing/predictor/v2/models/housing"} } }
            """);
        using var remote = await host.Http.PostAsync("/v2/models/far/infer", Json(Oip));
        Assert.Contains("15", await remote.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePredictorsLogger_SeesWhatTheClassMadeOfIt()
    {
        using var folder = new TempFolder();
        await using var sink = await TestSink.StartAsync();
        await using var host = await HostAsync(folder, predictor: $$""","logger":{"url":"{{sink.Url}}"}""");
        using var response = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var events = await sink.UntilAsync(2);
        Assert.Equal(Rows.Replace("[3]", "[6.0]", StringComparison.Ordinal), events.Single(e => e["ce-type"].EndsWith("request", StringComparison.Ordinal)).Body);
        Assert.DoesNotContain("tenant", events.Single(e => e["ce-type"].EndsWith("response", StringComparison.Ordinal)).Body, StringComparison.Ordinal);
    }

    private static async Task<int> ByAsync(ServingHost host, string what)
    {
        using var response = await host.Http.PostAsync("/v1/models/housing:predict", Json(Rows[..^1] + $$""","do":"{{what}}"}"""));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (int)(await response.Content.ReadFromJsonAsync<JsonObject>())!["by"]!;
    }

    private static async Task<JsonObject> UnpackedAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync();
        await using Stream plain = response.Content.Headers.ContentEncoding.Count > 0 ? new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionMode.Decompress) : body;
        return (JsonObject)(await JsonNode.ParseAsync(plain))!;
    }

    private static async Task<ServingHost> HostAsync(TempFolder folder, string more = "", TempFolder? data = null, string predictor = "")
    {
        var host = await ServingHost.StartAsync(data);
        await host.RegisterAsync("housing", Models.Once);
        var applied = await host.ApplyManifestAsync("housing", Spec(Folder(folder, "2"), more, predictor));
        Assert.Equal(("True", "True"), (Conditions.StatusOf(applied, "TransformerReady"), Conditions.StatusOf(applied, "Ready")));
        return host;
    }

    private static string Folder(TempFolder parent, string factor)
    {
        var folder = PythonModels.Custom(parent, Code);
        File.WriteAllText(Path.Combine(folder, "factor"), factor);
        return folder;
    }

    private static string Spec(string? folder, string more, string predictor = "")
    {
        var transformer = $$"""
            "transformer":{ {{(more.Length > 0 ? more : Usual)}}
              "model":{"modelFormat":{"name":"python"},"storageUri":"file://{{folder}}"} },
            """;
        return $$"""{ {{(folder is null ? "" : transformer)}}"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/housing/1"}{{predictor}} } }""";
    }

    private static string Message(Resource service) =>
        (string?)service.Status["conditions"]!.AsArray().FirstOrDefault(c => (string)c!["type"]! == "TransformerReady")?["message"] ?? "";

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
