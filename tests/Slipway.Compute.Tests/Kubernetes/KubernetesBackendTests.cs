using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Compute.Backends;
using Slipway.Compute.Kubernetes;
using Slipway.Compute.Workloads;
using Slipway.Conformance;

namespace Slipway.Compute.Tests.Kubernetes;

public sealed class KubernetesBackendTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordedCluster _cluster = new();

    private KubernetesBackend Backend => new(new HttpClient(_cluster) { BaseAddress = new Uri("https://cluster/") }, new KubernetesOptions { Namespace = "team", WatchEvery = TimeSpan.FromMilliseconds(5) }, TimeProvider.System);

    private static Workload Work => new()
    {
        Name = "train",
        Attempt = "Run_1.task-2",
        Image = "python:3.11@sha256:abc",
        Command = ["sh", "-c"],
        Args = ["echo $(date) > out"],
        Env = new Dictionary<string, string> { ["A"] = "$(B)" },
        Secrets = WorkloadSecrets.Of([KeyValuePair.Create("KEY", "hidden")]),
        WorkingFolder = "/work-here",
        Files = [new WorkloadFile("in/a.txt", "text")],
        Mounts = [new WorkloadMount("/host/data", "/data", ReadOnly: true)],
        Resources = new WorkloadResources { Cpu = 0.25, MemoryBytes = 1 << 30, DiskBytes = 1000, Accelerator = new WorkloadAccelerator("nvidia.com/gpu", 1) },
        Timeout = TimeSpan.FromSeconds(90),
    };

    [Fact]
    public void TheManifest_SaysAllOfTheWorkload_AndNoSecret()
    {
        var job = JobManifest.Job(Work, new KubernetesOptions { ServiceAccount = "runner" });
        var pod = job["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        Assert.Matches("^slipway-run-1-task-2-[0-9a-f]{10}$", (string)job["metadata"]!["name"]!);
        Assert.Equal((0, 90), ((int)job["spec"]!["backoffLimit"]!, (int)(long)job["spec"]!["activeDeadlineSeconds"]!));
        Assert.Equal(("Never", "runner"), ((string)pod["restartPolicy"]!, (string)pod["serviceAccountName"]!));
        Assert.Equal("echo $$(date) > out", (string)container["args"]![0]!);
        Assert.Equal("$$(B)", (string)container["env"]![0]!["value"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"cpu":"250m","memory":"1073741824","ephemeral-storage":"1000","nvidia.com/gpu":"1"}"""), container["resources"]!["limits"]));
        Assert.Equal(["/data", "/work-here", "/work-here/in/a.txt"], container["volumeMounts"]!.AsArray().Select(m => (string)m!["mountPath"]!));
        Assert.DoesNotContain("hidden", job.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("hidden", (string)JobManifest.Secret(Work)!["stringData"]!["KEY"]!);
        Assert.Equal("text", (string)JobManifest.Files(Work)!["data"]!["file-0"]!);
        Assert.True(JobManifest.NameOf(new string('x', 128)).Length <= 63);
        Assert.NotEqual(JobManifest.NameOf("a.b"), JobManifest.NameOf("a-b"));
    }

    [Theory]
    [InlineData("""{"terminated":{"exitCode":0,"reason":"Completed"}}""", "succeeded")]
    [InlineData("""{"terminated":{"exitCode":3,"reason":"Error"}}""", "failed")]
    [InlineData("""{"terminated":{"exitCode":137,"reason":"OOMKilled"}}""", "outOfMemory")]
    [InlineData("""{"terminated":{"exitCode":139,"reason":"Error"}}""", "killed")]
    [InlineData("""{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: no such file"}}""", "couldNotStart")]
    [InlineData("""{"waiting":{"reason":"ImagePullBackOff","message":"not found"}}""", "couldNotStart")]
    [InlineData("""{"waiting":{"reason":"ContainerCreating"}}""", null)]
    [InlineData("""{"running":{}}""", null)]
    public void APodsState_IsAnOutcome(string state, string? code) =>
        Assert.Equal(code, PodEnd.Read([], Pod(state), Work)?.Code);

    [Theory]
    [InlineData("""{"status":{"conditions":[{"type":"Failed","status":"True","reason":"DeadlineExceeded"}]}}""", "{}", "timedOut")]
    [InlineData("""{"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}}""", "{}", "failed")]
    [InlineData("{}", """{"status":{"reason":"Evicted","message":"Pod ephemeral local storage usage exceeds the total limit"}}""", "diskFull")]
    [InlineData("{}", """{"status":{"reason":"Evicted","message":"The node was low on resource: memory."}}""", "failed")]
    public void AJobsState_IsAnOutcome(string job, string pod, string code) =>
        Assert.Equal(code, PodEnd.Read(JsonNode.Parse(job)!.AsObject(), JsonNode.Parse(pod)!.AsObject(), Work)!.Code);

    [Fact]
    public async Task AJob_RunsToItsEnd_WithItsLog_AndIsRemoved()
    {
        _cluster.States = ["""{"waiting":{"reason":"ContainerCreating"}}""", """{"running":{}}""", """{"terminated":{"exitCode":0}}"""];
        using var log = new LinesOf(_folder);
        var outcome = await Backend.RunAsync(Work, log.Writer, CancellationToken.None);
        Assert.True(outcome.IsSuccess, outcome.Words);
        Assert.Equal(["from the pod", "second"], log.Output);
        Assert.Equal(["POST secrets", "POST configmaps", "POST jobs"], _cluster.Calls.Take(3));
        Assert.Equal(["DELETE jobs", "DELETE secrets", "DELETE configmaps"], _cluster.Calls.TakeLast(3));
    }

    [Fact]
    public async Task AKilledJob_IsDeleted_AndALeftOneIsRescued()
    {
        _cluster.States = ["""{"running":{}}"""];
        var backend = Backend;
        var running = (await backend.StartAsync(Work, Slipway.Compute.Logs.NoLog.Instance, CancellationToken.None)).OrThrow();
        await running.KillAsync();
        Assert.IsType<WorkloadOutcome.Cancelled>(await running.Completion);
        Assert.Equal(1, await backend.RescueAsync([new WorkloadMarker("kubernetes", "left"), new WorkloadMarker("process", "other")], CancellationToken.None));
    }

    [Fact]
    public async Task ARefusal_AndAClusterThatIsAway_CouldNotStart()
    {
        _cluster.Refuse = "jobs.batch is forbidden: exceeded quota";
        var refused = await Backend.RunAsync(Work, Slipway.Compute.Logs.NoLog.Instance, CancellationToken.None);
        Assert.Contains("exceeded quota", Assert.IsType<WorkloadOutcome.CouldNotStart>(refused).Reason, StringComparison.Ordinal);
        // What was made before the refusal is taken back.
        Assert.Contains("DELETE secrets", _cluster.Calls);
        _cluster.Away = true;
        var away = await Backend.RunAsync(Work, Slipway.Compute.Logs.NoLog.Instance, CancellationToken.None);
        Assert.Contains("cannot be reached", Assert.IsType<WorkloadOutcome.CouldNotStart>(away).Reason, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _folder.Dispose();
    }

    private static JsonObject Pod(string state) => JsonNode.Parse($$"""{"metadata":{"name":"p"},"status":{"containerStatuses":[{"name":"main","state":{{state}} }]} }""")!.AsObject();

    /// <summary>Answers as an API server does, from a list of the pod's states.</summary>
    private sealed class RecordedCluster : HttpMessageHandler
    {
        private int _looks;

        public string[] States { get; set; } = [];

        public string? Refuse { get; set; }

        public bool Away { get; set; }

        public ConcurrentQueue<string> Calls { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Away)
            {
                throw new HttpRequestException("connection refused");
            }

            var parts = request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
            var kind = parts[Array.IndexOf(parts, "team") + 1];
            Calls.Enqueue($"{request.Method} {kind}");
            var (status, body) = (request.Method.Method, kind, parts[^1]) switch
            {
                ("POST", "jobs", _) when Refuse is not null => (HttpStatusCode.Forbidden, $$"""{"kind":"Status","message":"{{Refuse}}"}"""),
                ("GET", "pods", "log") => (HttpStatusCode.OK, "from the pod\nsecond\n"),
                ("GET", "pods", _) => (HttpStatusCode.OK, new JsonObject { ["items"] = new JsonArray(Pod(States[Math.Min(_looks++, States.Length - 1)])) }.ToJsonString()),
                _ => (HttpStatusCode.OK, "{}"),
            };
            return Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
