using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Serving.Grpc.Messages;
using Slipway.Serving.Kinds;
using Slipway.Serving.Tests.Releases;

namespace Slipway.Serving.Tests.Revisions;

/// <summary>Which caller gets which revision, over every protocol: version 1 answers sales, version 2 twice that.</summary>
public sealed class CallerRoutingTests
{
    private const string V2 = """{"inputs":[{"name":"city","shape":[1,1],"datatype":"BYTES","data":["x"]},{"name":"sales","shape":[1,1],"datatype":"FP32","data":[3]}]}""";
    private const string V1 = """{"instances":[{"city":["x"],"sales":[3]}]}""";
    private const string Mlflow = """{"dataframe_records":[{"city":"x","sales":3}]}""";

    /// <summary>Marks what goes into the message's parameters and not into its metadata.</summary>
    private const string InParameters = "parameter:";

    public static TheoryData<string, string> Protocols => new()
    {
        { "/v2/models/housing/infer", V2 }, { "/serving/default/housing/v2/models/housing/infer", V2 }, { "/v1/models/housing:predict", V1 },
        { "/serve/housing/invocations", Mlflow }, { "grpc", "" },
    };

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task AHeadersHash_KeepsItsCaller(string path, string body)
    {
        await using var host = await SplitAsync(50, ("slipway.dev/route-key", "header:x-user"));
        var first = new Dictionary<string, string>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                var user = string.Create(CultureInfo.InvariantCulture, $"user-{i}");
                var answer = await AskAsync(host, path, body, ("x-user", user));
                Assert.Equal(first.TryAdd(user, answer.Revision) ? answer.Revision : first[user], answer.Revision);
            }
        }

        Assert.Equal(2, first.Values.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task AParametersHash_KeepsItsCaller(string path, string body)
    {
        await using var host = await SplitAsync(50, ("slipway.dev/route-key", "parameter:user"));
        var first = new Dictionary<string, string>();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                var user = string.Create(CultureInfo.InvariantCulture, $"user-{i}");
                var answer = await AskAsync(host, path, Said(path, body, "user", user), ("parameter:user", user));
                Assert.Equal(first.TryAdd(user, answer.Revision) ? answer.Revision : first[user], answer.Revision);
            }
        }

        Assert.Equal(2, first.Values.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ARuleOnAParameter_GivesTheCanary_AlsoWithoutAShare(string path, string body)
    {
        await using var host = await SplitAsync(0, ("slipway.dev/route-match", "c0: parameter:group=beta"));
        Assert.Equal("housing-00001", (await AskAsync(host, path, body)).Revision);
        Assert.Equal("housing-00001", (await AskAsync(host, path, Said(path, body, "group", "alpha"), ("parameter:group", "alpha"))).Revision);
        Assert.Equal("housing-00002", (await AskAsync(host, path, Said(path, body, "group", "beta"), ("parameter:group", "beta"))).Revision);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("true")]
    [InlineData("\"beta\"")]
    public async Task AParameterIsTheSame_OverJsonAndGrpc(string value)
    {
        await using var host = await SplitAsync(0, ("slipway.dev/route-match", $"c0: parameter:group={value.Trim('"')}"));
        var message = Message();
        message.Parameters["group"] = value switch
        {
            "7" => new InferParameter { Int64Param = 7 },
            "true" => new InferParameter { BoolParam = true },
            _ => new InferParameter { StringParam = "beta" },
        };
        var told = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", message, ModelInferResponse.Parser);
        Assert.Equal("2", told.Answer.ModelVersion);
        Assert.Equal("housing-00002", (await AskAsync(host, "/v2/models/housing/infer", V2[..^1] + ",\"parameters\":{\"group\":" + value + "}}")).Revision);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task ARuleOnAHeader_GivesTheCanary_AlsoWithoutAShare(string path, string body)
    {
        await using var host = await SplitAsync(0, ("slipway.dev/route-match", "c0: header:x-group=beta"));
        Assert.Equal("housing-00001", (await AskAsync(host, path, body)).Revision);
        Assert.Equal("housing-00001", (await AskAsync(host, path, body, ("x-group", "alpha"))).Revision);
        Assert.Equal("housing-00002", (await AskAsync(host, path, body, ("x-group", "beta"))).Revision);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task TheRevisionOfAnAnswer_SentBack_KeepsTheCallerThere_AsLongAsItTakesTraffic(string path, string body)
    {
        await using var host = await SplitAsync(50);
        var seen = new HashSet<string>();
        for (var i = 0; i < 40 && seen.Count < 2; i++)
        {
            var kept = (await AskAsync(host, path, body)).Revision;
            seen.Add(kept);
            Assert.Equal(kept, (await AskAsync(host, path, body, ("x-slipway-revision", kept))).Revision);
        }

        Assert.Equal(2, seen.Count);
        await host.ApplyAsync("housing", "models:/housing/1", [(0, "models:/housing/2")]);
        Assert.Equal("housing-00001", (await AskAsync(host, path, body, ("x-slipway-revision", "housing-00002"))).Revision);
    }

    [Fact]
    public async Task ACookie_IsGivenOnce_AndKeepsItsCaller()
    {
        await using var host = await SplitAsync(50, ("slipway.dev/route-key", "cookie:uid"));
        for (var i = 0; i < 20; i++)
        {
            var first = await AskAsync(host, "/v2/models/housing/infer", V2);
            Assert.StartsWith("uid=", first.Cookie, StringComparison.Ordinal);
            Assert.EndsWith("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax", first.Cookie, StringComparison.Ordinal);
            var again = await AskAsync(host, "/v1/models/housing:predict", V1, ("Cookie", "other=1; " + first.Cookie![..first.Cookie!.IndexOf(';')]));
            Assert.Equal((first.Revision, null), (again.Revision, again.Cookie));
        }
    }

    [Fact]
    public async Task WithoutAChoice_AnswersCarryNoFurtherHeaders()
    {
        await using var host = await RolloutHost.StartAsync();
        await host.AnnotateAsync(("slipway.dev/route-key", "cookie:uid"));
        var answer = await AskAsync(host, "/v2/models/housing/infer", V2, ("x-slipway-revision", "housing-00009"));
        Assert.Equal(("", null), (answer.Revision, answer.Cookie));
    }

    [Fact]
    public async Task TagRouting_NamesTheNewestAndTheOneBefore_InStatusAndPaths()
    {
        await using var host = await RolloutHost.StartAsync();
        await host.AnnotateAsync(("serving.kserve.io/enable-tag-routing", "true"));
        var applied = await host.ApplyAnnotatedAsync("models:/housing/2", 10, ("serving.kserve.io/enable-tag-routing", "true"));
        var traffic = applied.Status["components"]!["predictor"]!["traffic"]!.AsArray();
        Assert.Equal(["prev", "latest"], traffic.Select(t => (string)t!["tag"]!));
        Assert.EndsWith("/serving/default/prev-housing", (string)traffic[0]!["url"]!, StringComparison.Ordinal);
        foreach (var (tag, expected) in new[] { ("prev-housing", 3f), ("latest-housing", 6f) })
        {
            foreach (var path in new[] { $"/serving/default/{tag}/v2/models/housing/infer", $"/v2/models/{tag}/infer" })
            {
                using var answer = await host.Http.PostAsync(path, new StringContent(V2));
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, text);
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\"data\":[{expected}"), text, StringComparison.Ordinal);
                Assert.Contains("\"model_name\":\"housing\"", text, StringComparison.Ordinal);
            }
        }

        Assert.Equal("""{"models":["housing"]}""", await host.Http.GetStringAsync("/v2/models"));
        using var unknown = await host.Http.PostAsync("/v2/models/beta-housing/infer", new StringContent(V2));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task WrongRules_AreRefusedWhenTheyAreApplied()
    {
        await using var host = await RolloutHost.StartAsync();
        var service = (await host.Resources.GetAsync(InferenceServiceKind.Definition, "default", "housing", CancellationToken.None)).OrThrow();
        service.Metadata["annotations"] = new System.Text.Json.Nodes.JsonObject { ["slipway.dev/route-key"] = "x-user", ["slipway.dev/route-match"] = "c9: header:x=1" };
        var refused = await host.Resources.UpdateAsync(InferenceServiceKind.Definition, service, new WriteOptions("test"), CancellationToken.None);
        Assert.Equal(
            ["metadata.annotations[slipway.dev/route-key]", "metadata.annotations[slipway.dev/route-match]"], refused.Problem!.Faults.Select(f => f.Path));
    }

    private static async Task<ServingHost> SplitAsync(int percent, params (string Name, string? Value)[] annotations)
    {
        var host = await RolloutHost.StartAsync();
        await host.ApplyAsync("housing", "models:/housing/1", [(percent, "models:/housing/2")]);
        await host.AnnotateAsync(annotations);
        return host;
    }

    private static async Task<(string Revision, string? Cookie)> AskAsync(ServingHost host, string path, string body, params (string Name, string Value)[] headers)
    {
        if (path == "grpc")
        {
            var message = Message();
            foreach (var (name, value) in headers.Where(h => h.Name.StartsWith(InParameters, StringComparison.Ordinal)))
            {
                message.Parameters[name[InParameters.Length..]] = new InferParameter { StringParam = value };
            }

            var reply = await host.Grpc.CallAsync("inference.GRPCInferenceService/ModelInfer", message, ModelInferResponse.Parser, [.. headers.Where(h => !h.Name.StartsWith(InParameters, StringComparison.Ordinal))]);
            return Checked(reply.Headers.GetValueOrDefault("x-slipway-revision", ""), reply.Answer.ModelVersion, reply.Answer.Outputs[0].Contents.Fp32Contents[0]);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers.Where(h => !h.Name.StartsWith(InParameters, StringComparison.Ordinal)))
        {
            request.Headers.Add(name, value);
        }

        // Without a memory for cookies, which would send them by itself.
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = host.Http.BaseAddress };
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var revision = answer.Headers.TryGetValues("x-slipway-revision", out var named) ? named.Single() : "";
        var version = answer.Headers.TryGetValues("x-slipway-model-version", out var told) ? told.Single() : "1";
        var value6 = text.Contains('6', StringComparison.Ordinal);
        return (Checked(revision, version, value6 ? 6 : 3).Revision, answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.Single() : null);
    }

    /// <summary>The body with a parameter where its protocol has them; gRPC's message is given it when it is made.</summary>
    private static string Said(string path, string body, string name, string value) =>
        path == "grpc" ? body : body[..^1] + $",\"{(path.EndsWith("invocations", StringComparison.Ordinal) ? "params" : "parameters")}\":{{\"{name}\":\"{value}\"}}}}";

    private static ModelInferRequest Message()
    {
        var message = new ModelInferRequest { ModelName = "housing" };
        message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "city", Datatype = "BYTES", Shape = { 1, 1 }, Contents = new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("x") } } });
        message.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "sales", Datatype = "FP32", Shape = { 1, 1 }, Contents = new InferTensorContents { Fp32Contents = { 3 } } });
        return message;
    }

    /// <summary>The header, the version and the value have to tell of the same model.</summary>
    private static (string Revision, string? Cookie) Checked(string revision, string version, float value)
    {
        Assert.Equal(version == "2" ? 6f : 3f, value);
        Assert.True(revision.Length == 0 || revision.EndsWith(version, StringComparison.Ordinal), $"{revision} answered with version {version}");
        return (revision, null);
    }
}
