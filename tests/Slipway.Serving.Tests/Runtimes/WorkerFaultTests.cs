using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Slipway.Conformance;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Kinds;
using Slipway.Serving.Revisions;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Runtimes.Python;
using static Slipway.Serving.Tests.Runtimes.PythonServingTests;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>Workers that die, hang, eat memory, sleep and come back, while requests are under way.</summary>
public sealed class WorkerFaultTests
{
    /// <summary>Answers with its process number; sleeps, or takes megabytes, when it is told to.</summary>
    private const string Code = """
        import os, time

        class Model:
            inputs = [{"name": "sleep", "datatype": "FP64", "shape": [-1]}, {"name": "megabytes", "datatype": "INT64", "shape": [-1]}]
            outputs = [{"name": "pid", "datatype": "INT64", "shape": [-1]}]

            def predict(self, inputs):
                print("working on", inputs["sleep"][0])
                held = bytearray(int(inputs["megabytes"][0]) << 20)
                for at in range(0, len(held), 4096):
                    held[at] = 1
                time.sleep(inputs["sleep"][0])
                return {"pid": [os.getpid()]}
        """;

    [Fact]
    public async Task AWorkerThatIsKilledUnderLoad_CostsNoCallerAnAnswer_AndAnotherTakesItsPlace()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 3, 3));
        await host.UntilAsync("m", r => Conditions.StatusOf(r, "ReplicasReady") == "True" && Copies(r) == 3);
        var victim = await PidAsync(host, 0);

        var flying = Enumerable.Range(0, 200).Select(_ => PidAsync(host, 0.02)).ToArray();
        await flying[10];
        Kill(victim);
        var pids = await Task.WhenAll(flying);

        Assert.InRange(pids.Distinct().Count(), 2, 4);
        var healed = await host.UntilAsync("m", r => Conditions.StatusOf(r, "ReplicasReady") == "True" && Copies(r) == 3);
        Assert.DoesNotContain("signal", Message(healed), StringComparison.Ordinal);
        Assert.Contains("signal 9", LogOf(host), StringComparison.Ordinal);
        Assert.Equal(3, host.Get<WorkerHost>().Count);
    }

    [Fact]
    public async Task AHungPrediction_IsEndedWithItsWorker_WhileOthersAreServed()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 2, 2), new JsonObject { [WorkerSpec.SecondsAnnotation] = "1" });

        var hung = AskAsync(host, 60, 0);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PidAsync(host, 0)));
        using var answer = await hung;

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("did not answer within 1 seconds", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await PidAsync(host, 0);
    }

    [Fact]
    public async Task AWorkerOverItsMemoryLimit_IsEnded_AndTheStatusSaysWhy()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var predictor = Predictor("python", PythonModels.Custom(folder, Code));
        predictor["model"]!["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = "200Mi" } };
        await host.ApplyAsync("m", predictor);
        await PidAsync(host, 0);

        // It is given to a second worker once, and not to a third.
        using var greedy = await AskAsync(host, 3, 600);
        Assert.Contains(greedy.StatusCode, new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.InternalServerError });
        await PidAsync(host, 0);
        Assert.Contains("memory", LogOf(host), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ACallerThatLeaves_FreesTheWorkerForTheNext()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code)));
        var pid = await PidAsync(host, 0);
        using (var leaving = new CancellationTokenSource())
        {
            var abandoned = host.Http.PostAsync("/v2/models/m/infer", Json(Request(30, 0)), leaving.Token);
            await Eventually.HoldsAsync(() => LogOf(host).Contains("working on 30", StringComparison.Ordinal));
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        }

        // The same worker: what it was at has been stopped, not the worker.
        Assert.Equal(pid, await PidAsync(host, 0));
    }

    [Fact]
    public async Task AnIdleModel_IsUnloaded_AndWakesOnce_ForHowEverManyRequests()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var workers = host.Get<WorkerHost>();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 0), new JsonObject { [ScaleSpec.IdleAnnotation] = "300ms" });
        var first = await PidAsync(host, 0);
        await Eventually.HoldsAsync(() => workers.Count == 0);
        await host.UntilAsync("m", r => Message(r).Contains("No copy is loaded", StringComparison.Ordinal));

        var woken = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PidAsync(host, 0)));

        Assert.NotEqual(first, Assert.Single(woken.Distinct()));
        await Eventually.HoldsAsync(() => workers.Count == 0);
    }

    [Fact]
    public async Task AnOnnxModel_MaySleepToo_AndManyReplicasOfItAreToldToBeOneCopy()
    {
        await using var host = await ServingHost.StartAsync();
        await host.RegisterAsync("housing", Models.Twice);
        var predictor = new JsonObject { ["maxReplicas"] = 3, ["model"] = new JsonObject { ["modelFormat"] = new JsonObject { ["name"] = "onnx" }, ["storageUri"] = "models:/housing/1" } };
        var shared = await host.ApplyAsync("housing", (JsonObject)predictor.DeepClone());
        Assert.Contains("one copy in the server", Message(shared), StringComparison.Ordinal);
        await host.AnswerAsync("housing", "a", 1);

        // From then on it may sleep: the same revision, put in anew without a gap.
        predictor["minReplicas"] = 0;
        await host.ApplyAsync("housing", predictor, new JsonObject { [ScaleSpec.IdleAnnotation] = "100ms" });
        await host.UntilAsync("housing", r => Message(r).Contains("No copy is loaded", StringComparison.Ordinal));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => host.AnswerAsync("housing", $"b{i}", 21)));
        Assert.All(answers, a => Assert.Equal(42f, (float)a["outputs"]![0]!["data"]![0]!));
    }

    [Fact]
    public async Task Workers_FollowTheLoad_UpAtOnce_AndDownAfterTheWindow()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync();
        var workers = host.Get<WorkerHost>();
        await host.ApplyAsync("m", Predictor("python", PythonModels.Custom(folder, Code), 1, 3), new JsonObject { [ScaleSpec.WindowAnnotation] = "1s" });
        Assert.Equal(1, workers.Count);

        using var enough = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 6).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                await PidAsync(host, 0.05);
            }
        }).ToArray();
        await Eventually.HoldsAsync(() => workers.Count == 3);
        await enough.CancelAsync();
        await Task.WhenAll(callers);

        await Eventually.HoldsAsync(() => workers.Count == 1);
        await PidAsync(host, 0);
    }

    [Fact]
    public async Task FiftyLoadsAndUnloads_LeaveNoProcessSocketMarkOrFolder()
    {
        using var folder = new TempFolder();
        await using var host = await ServingHost.StartAsync(folder);
        var path = PythonModels.Custom(folder, Code);
        await host.ApplyAsync("m", Predictor("python", path));
        await PidAsync(host, 0);
        var revision = host.Get<RouteTable>().Find("default", "m")!.Stable!.Revision;
        var runtime = host.Get<IEnumerable<IModelRuntime>>().OfType<PythonModelRuntime>().Single();
        var workers = host.Get<WorkerHost>();
        var descriptors = Directory.GetFileSystemEntries("/proc/self/fd").Length;

        for (var cycle = 0; cycle < 50; cycle++)
        {
            var loaded = await runtime.LoadAsync(new ModelToLoad(revision.Digest, "python") { Namespace = "default", Name = "again", Warm = false }, CancellationToken.None);
            loaded.OrThrow().Model.Dispose();
        }

        await Eventually.HoldsAsync(() => workers.Count == 1);
        await Eventually.HoldsAsync(() => Directory.GetFiles(Path.Combine(folder.FullPath, "serving", "workers")).Length == 1);
        Assert.Single(Directory.GetDirectories(Path.Combine(folder.FullPath, "serving", "models")));
        Assert.InRange(Directory.GetFileSystemEntries("/proc/self/fd").Length, 0, descriptors + 30);
        await PidAsync(host, 0);

        // With the service go its worker and its folder.
        (await host.Resources.DeleteAsync(InferenceServiceKind.Definition, "default", "m", new DeleteOptions("test"), CancellationToken.None)).OrThrow();
        await Eventually.HoldsAsync(() => workers.Count == 0 && Directory.GetDirectories(Path.Combine(folder.FullPath, "serving", "models")).Length == 0);
    }

    private static JsonObject Request(double sleep, int megabytes) => Inputs(Tensor("sleep", "FP64", [1], sleep), Tensor("megabytes", "INT64", [1], megabytes));

    private static Task<HttpResponseMessage> AskAsync(ServingHost host, double sleep, int megabytes) => host.Http.PostAsync("/v2/models/m/infer", Json(Request(sleep, megabytes)));

    private static async Task<int> PidAsync(ServingHost host, double sleep) => (int)(await InferAsync(host, "m", Request(sleep, 0)))["outputs"]![0]!["data"]![0]!;

    private static int Copies(Resource service) => (int)service.Status["modelStatus"]!["copies"]!["totalCopies"]!;

    private static string Message(Resource service) =>
        (string?)service.Status["conditions"]!.AsArray().FirstOrDefault(c => (string)c!["type"]! == "ReplicasReady")?["message"] ?? "";

    private static string LogOf(ServingHost host) => string.Concat(Directory
        .EnumerateFiles(host.Get<Slipway.Serving.Artifacts.ServingFolder>().Logs, "*", SearchOption.AllDirectories)
        .Select(path => new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)).ReadToEnd()));

    private static void Kill(int pid) => Process.GetProcessById(pid).Kill();
}
