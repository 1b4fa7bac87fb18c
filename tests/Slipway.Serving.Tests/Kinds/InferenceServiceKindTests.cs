using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Printing;
using Slipway.Serving.Kinds;

namespace Slipway.Serving.Tests.Kinds;

public sealed class InferenceServiceKindTests
{
    private const string Minimal = """{"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}}}""";

    [Fact]
    public void WhatKServesExamplesSay_IsTaken() => Assert.Empty(Faults(
        """{"predictor":{"minReplicas":1,"maxReplicas":1,"name":"p","model":{"modelFormat":{"name":"onnx","version":"1"},"protocolVersion":"v2","runtime":"slipway-onnx","storageUri":"models:/m/3"}}}"""));

    [Theory]
    [InlineData("sklearn")]
    [InlineData("xgboost")]
    [InlineData("lightgbm")]
    [InlineData("pytorch")]
    [InlineData("mlflow")]
    [InlineData("python")]
    public void FormatsOfWorkers_AreTakenWithTheirSettings(string format) => Assert.Empty(Faults(
        """
        {"predictor":{"minReplicas":0,"maxReplicas":3,"scaleTarget":4,"scaleMetric":"rps","model":{"modelFormat":{"name":"FORMAT"},"protocolVersion":"v1",
         "runtime":"slipway-python","storageUri":"models:/m@a","env":[{"name":"OMP_NUM_THREADS","value":"1"}],"args":["--fast"],
         "resources":{"limits":{"memory":"1Gi","cpu":"500m"},"requests":{"memory":"1Gi"}}}}}
        """.Replace("FORMAT", format, StringComparison.Ordinal),
        """{"slipway.dev/scale-to-zero-after":"10m","slipway.dev/scale-down-window":"30s","slipway.dev/predict-method":"predict_proba","slipway.dev/predict-seconds":"5"}"""));

    [Theory]
    [InlineData("""{"env":[{"name":"A","valueFrom":{}}]}""", "{}", "spec.predictor.model.env[0].valueFrom")]
    [InlineData("""{"env":[{"name":"SLIPWAY_ATTEMPT","value":"x"}]}""", "{}", "spec.predictor.model.env[0].name")]
    [InlineData("""{"resources":{"limits":{"nvidia.com/gpu":"1"}}}""", "{}", "spec.predictor.model.resources.limits.nvidia.com/gpu")]
    [InlineData("""{"resources":{"limits":{"memory":"much"}}}""", "{}", "spec.predictor.model.resources.limits.memory")]
    [InlineData("{}", """{"slipway.dev/predict-method":"__class__"}""", "metadata.annotations[slipway.dev/predict-method]")]
    [InlineData("{}", """{"slipway.dev/predict-seconds":"0"}""", "metadata.annotations[slipway.dev/predict-seconds]")]
    [InlineData("{}", """{"slipway.dev/scale-to-zero-after":"soon"}""", "metadata.annotations[slipway.dev/scale-to-zero-after]")]
    public void SettingsOfWorkers_AreChecked(string model, string annotations, string path)
    {
        var spec = JsonNode.Parse("""{"predictor":{"model":{"modelFormat":{"name":"sklearn"},"storageUri":"models:/m@a"}}}""")!;
        foreach (var (name, value) in JsonNode.Parse(model)!.AsObject())
        {
            spec["predictor"]!["model"]![name] = value!.DeepClone();
        }

        Assert.Equal([path], Faults(spec.ToJsonString(), annotations).Select(f => f.Path));
    }

    [Theory]
    [InlineData("\"minReplicas\":3,\"maxReplicas\":2", "spec.predictor.maxReplicas")]
    [InlineData("\"minReplicas\":65", "spec.predictor.minReplicas")]
    [InlineData("\"scaleMetric\":\"cpu\"", "spec.predictor.scaleMetric")]
    public void BoundsOfCopies_AreChecked(string fields, string path) => Assert.Contains(
        Faults($$$$"""{"predictor":{ {{{{fields}}}},"model":{"modelFormat":{"name":"sklearn"},"storageUri":"models:/m@a"}}}"""), f => f.Path == path);

    [Theory]
    [InlineData("predictor.scaleMetric", "\"memory\"", "spec.predictor.scaleMetric")]
    [InlineData("predictor.model.env", """[{"name":"A"}]""", "spec.predictor.model.env")]
    [InlineData("predictor.model.runtime", "\"kserve-tritonserver\"", "spec.predictor.model.runtime")]
    [InlineData("predictor.model.modelFormat.name", "\"tensorflow\"", "spec.predictor.model.modelFormat.name")]
    [InlineData("predictor.model.storageUri", "\"gs://b/m\"", "spec.predictor.model.storageUri")]
    [InlineData("transformer", """{"containers":[{"image":"x"}]}""", "spec.transformer")]
    [InlineData("transformer", """{"annotations":{"slipway.dev/url":"here"}}""", "spec.transformer.annotations[slipway.dev/url]")]
    [InlineData("transformer", """{"annotations":{"slipway.dev/url":"http://h"},"timeout":0}""", "spec.transformer.timeout")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"sklearn"},"storageUri":"file:///x"}}""", "spec.transformer.model.modelFormat.name")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"}}}""", "spec.transformer.model.storageUri")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x","runtime":"other"}}""", "spec.transformer.model.runtime")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"annotations":{"slipway.dev/url":"http://h"}}""", "spec.transformer.annotations[slipway.dev/url]")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"annotations":{"slipway.dev/scale-to-zero-after":"x"}}""", "spec.transformer.annotations[slipway.dev/scale-to-zero-after]")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"annotations":{"slipway.dev/predict-seconds":"3"}}""", "spec.transformer.annotations[slipway.dev/predict-seconds]")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"maxReplicas":99}""", "spec.transformer.maxReplicas")]
    [InlineData("transformer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"timeout":0}""", "spec.transformer.timeout")]
    [InlineData("explainer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"slipway":{"type":"auto"}}""", "spec.explainer.slipway")]
    [InlineData("explainer", """{"model":{"modelFormat":{"name":"onnx"},"storageUri":"file:///x"}}""", "spec.explainer.model.modelFormat.name")]
    [InlineData("explainer", """{"model":{"modelFormat":{"name":"python"},"storageUri":"file:///x"},"minReplicas":2,"maxReplicas":1}""", "spec.explainer.maxReplicas")]
    [InlineData("explainer", """{"art":{"type":"SquareAttack"}}""", "spec.explainer.art")]
    [InlineData("predictor.model.image", "\"kserve/sklearnserver\"", "spec.predictor.model.image")]
    [InlineData("predictor.model.runtimeVersion", "\"1.0\"", "spec.predictor.model.runtimeVersion")]
    [InlineData("predictor.nodeSelector", """{"gpu":"yes"}""", "spec.predictor.nodeSelector")]
    [InlineData("predictor.serviceAccountName", "\"sa\"", "spec.predictor.serviceAccountName")]
    [InlineData("transformer", """{"annotations":{"slipway.dev/url":"http://h"},"containerConcurrency":1}""", "spec.transformer.containerConcurrency")]
    public void AFieldThatIsNotActedOn_IsRefusedByName(string field, string value, string path)
    {
        var spec = JsonNode.Parse(Minimal)!;
        var parts = field.Split('.');
        var parent = parts[..^1].Aggregate(spec, (node, part) => node[part]!);
        parent[parts[^1]] = JsonNode.Parse(value);

        Assert.Contains(Faults(spec.ToJsonString()), f => f.Path == path);
    }

    /// <summary>What KServe's SDK sends for every model: the name of a container, though it is empty; and the port by which its users choose gRPC.</summary>
    [Fact]
    public void NameAndPortsOfTheContainer_AreTaken() => Assert.Empty(Faults(
        """{"predictor":{"model":{"name":"","ports":[{"name":"h2c","containerPort":9000,"protocol":"TCP"}],"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}}}"""));

    [Fact]
    public void OlderFormOfAModel_IsStoredAsTheNewer()
    {
        var service = JsonNode.Parse("""{"spec":{"predictor":{"minReplicas":1,"sklearn":{"storageUri":"models:/m@a","protocolVersion":"v2"}}}}""")!.AsObject();

        InferenceServiceKind.Definition.Normalise!(service);

        Assert.Equal(
            """{"minReplicas":1,"model":{"storageUri":"models:/m@a","protocolVersion":"v2","modelFormat":{"name":"sklearn"}}}""",
            service["spec"]!["predictor"]!.ToJsonString());
        InferenceServiceKind.Definition.Normalise!(service);
        Assert.Equal("sklearn", (string?)service["spec"]!["predictor"]!["model"]!["modelFormat"]!["name"]);
    }

    [Theory]
    [InlineData("""{"containers":[{"image":"mine"}]}""", "spec.predictor.containers")]
    [InlineData("""{"sklearn":{"storageUri":"models:/m@a"},"xgboost":{"storageUri":"models:/m@a"}}""", "spec.predictor.sklearn")]
    [InlineData("{}", "spec.predictor.model")]
    public void APredictorWithoutAModel_SaysWhatToWrite(string predictor, string path) => Assert.Equal(path, Faults($$"""{"predictor":{{predictor}}}""")[0].Path);

    [Fact]
    public void EveryFaultOfCanariesAndAnnotations_IsReportedAtOnce()
    {
        var faults = Faults(
            """
            {"predictor":{"canaryTrafficPercent":10,"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}},
             "canary":[{"trafficPercent":60,"predictor":{"name":"x","model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/2"}}},
                       {"trafficPercent":60,"predictor":{"name":"x","minReplicas":1,"model":{"modelFormat":{"name":"onnx"},"storageUri":"nowhere"}}}]}
            """,
            """{"slipway.dev/mirror":"yes","slipway.dev/mirror-versions":"3,x"}""");

        Assert.Equal(
            [
                "metadata.annotations[slipway.dev/mirror-versions]", "metadata.annotations[slipway.dev/mirror]", "spec.canary[1].predictor.minReplicas",
                "spec.canary[1].predictor.model.storageUri", "spec.canary[1].predictor.name", "spec.predictor.canaryTrafficPercent",
            ],
            faults.Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"url":"ftp://x"}""", "{}", "spec.predictor.logger.url")]
    [InlineData("""{"url":"http://a:b@x"}""", "{}", "spec.predictor.logger.url")]
    [InlineData("""{"mode":"none"}""", "{}", "spec.predictor.logger.mode")]
    [InlineData("""{"url":"s3://x"}""", "{}", "spec.predictor.logger.url")]
    [InlineData("""{"storage":{"path":"/data"}}""", "{}", "spec.predictor.logger.storage.path")]
    [InlineData("""{"storage":{"path":"s3://lake/../x"}}""", "{}", "spec.predictor.logger.storage.path")]
    [InlineData("""{"url":"s3://lake/a","storage":{"path":"s3://lake/b"}}""", "{}", "spec.predictor.logger.storage.path")]
    [InlineData("{}", """{"slipway.dev/payload-sample":"lots"}""", "metadata.annotations[slipway.dev/payload-sample]")]
    [InlineData("{}", """{"slipway.dev/log-all-responses":"1"}""", "metadata.annotations[slipway.dev/log-all-responses]")]
    public void ALoggerThatCannotBeActedOn_IsRefused(string logger, string annotations, string path) => Assert.Contains(
        Faults($$"""{"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"},"logger":{{logger}} } }""", annotations), f => f.Path == path);

    [Fact]
    public void CanariesBeyondAHundredPercent_AreRefused() => Assert.Contains(
        Faults("""
            {"predictor":{"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}},
             "canary":[{"trafficPercent":60,"predictor":{"name":"x","model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/2"}}},
                       {"trafficPercent":60,"predictor":{"name":"y","model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m/3"}}}]}
            """),
        f => f.Path == "spec.canary" && f.Message.Contains("120", StringComparison.Ordinal));

    [Fact]
    public void Columns_ShowTheSharesAsKServeDoes()
    {
        var status = (JsonObject)JsonNode.Parse(
            """
            {"status":{"url":"http://h","conditions":[{"type":"Ready","status":"True"}],"components":{"predictor":{"traffic":[
              {"revisionName":"s-00001","percent":90,"tag":"prev","latestRevision":false},{"revisionName":"s-00002","percent":10,"tag":"latest","latestRevision":true}]}}}}
            """)!;

        var shown = InferenceServiceKind.Definition.Columns.Take(6).Select(c => ColumnPath.Parse(c.JsonPath).Find(status)?.ToString());

        Assert.Equal(["http://h", "True", "90", "10", "s-00001", "s-00002"], shown);
    }

    [Fact]
    public async Task TheStore_RefusesAnUnknownFieldByName()
    {
        await using var floor = await TestFloor.CreateAsync();
        var resources = await TestResources.CreateAsync(floor, InferenceServiceKind.Definition);
        var service = Resource.Create(InferenceServiceKind.Definition, "default", "s");
        service.Json["spec"] = JsonNode.Parse("""{"predictor":{"containers":[],"model":{"modelFormat":{"name":"onnx"},"storageUri":"models:/m@a"}}}""");

        var refused = await resources.Store.CreateAsync(InferenceServiceKind.Definition, service, new WriteOptions("test"), CancellationToken.None);

        Assert.Contains("spec.predictor.containers", refused.Problem!.Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Kernel.Problems.Fault> Faults(string spec, string annotations = "{}") => InferenceServiceKind.Definition.Validate!(
        (JsonObject)JsonNode.Parse($$"""{"metadata":{"name":"s","annotations":{{annotations}}},"spec":{{spec}}}""")!);
}
