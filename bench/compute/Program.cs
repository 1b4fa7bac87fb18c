using System.Diagnostics;
using Slipway.Compute.Backends;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Compute.Python;
using Slipway.Compute.Workloads;

// What the backend adds to a process of its own. README.md holds the numbers.
var time = TimeProvider.System;
var scratch = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
var plain = new ProcessBackend(new ProcessOptions { ScratchFolder = scratch, UseCgroups = false }, time);
var grouped = new ProcessBackend(new ProcessOptions { ScratchFolder = scratch }, time);
var python = Environment.GetEnvironmentVariable("SLIPWAY_PYTHON") ?? "/usr/bin/python3";
var attempts = 0;

// All kinds in turn, so that a busy moment of the machine meets them alike.
await CompareAsync(60, ("Process.Start, true", () => DotnetAsync("/bin/true")),
    ("process backend, true", () => OursAsync(plain, ["/bin/true"])),
    ("process backend with control groups, true", () => OursAsync(grouped, ["/bin/true"])),
    ("the same with cpu and memory limits, true", () => OursAsync(grouped, ["/bin/true"], new WorkloadResources { Cpu = 1, MemoryBytes = 256 << 20 })));
await CompareAsync(40, ("Process.Start, python3 -c pass", () => DotnetAsync(python, "-c", "pass")),
    ("process backend, python3 -c pass", () => OursAsync(grouped, [python, "-c", "pass"])));
await ComponentsAsync();
await AtOnceAsync(200);
await LogsAsync(gigabytes: 1);
Directory.Delete(scratch, recursive: true);

async Task CompareAsync(int rounds, params (string Name, Func<Task> Run)[] kinds)
{
    var times = kinds.Select(_ => new List<double>()).ToArray();
    for (var round = -3; round < rounds; round++)
    {
        for (var i = 0; i < kinds.Length; i++)
        {
            var clock = Stopwatch.StartNew();
            await kinds[i].Run();
            if (round >= 0)
            {
                times[i].Add(clock.Elapsed.TotalMilliseconds);
            }
        }
    }

    for (var i = 0; i < kinds.Length; i++)
    {
        times[i].Sort();
        Console.WriteLine($"{kinds[i].Name,-48} median {times[i][rounds / 2],7:0.00} ms, 90% {times[i][rounds * 9 / 10],7:0.00} ms");
    }
}

async Task DotnetAsync(string program, params string[] arguments)
{
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
    using var process = Process.Start(start)!;
    await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
}

async Task OursAsync(ProcessBackend backend, string[] command, WorkloadResources? limits = null)
{
    var workload = new Workload { Name = "bench", Attempt = $"bench-{Environment.ProcessId}-{attempts++}", Command = command, WorkingFolder = scratch, Resources = limits ?? WorkloadResources.Unlimited };
    var outcome = await backend.RunAsync(workload, NoLog.Instance, CancellationToken.None);
    if (!outcome.IsSuccess)
    {
        throw new InvalidOperationException(outcome.Words);
    }
}

// A compiled component that adds two numbers, as the SDK writes it, against Python doing nothing.
async Task ComponentsAsync()
{
    var options = new PythonOptions { Interpreter = python, RuntimeFolder = PythonRuntime.LayOut(scratch) };
    const string launch = "program_path=$(mktemp -d)\n\nprintf \"%s\" \"$0\" > \"$program_path/ephemeral_component.py\"\n_KFP_RUNTIME=true python3 -m kfp.dsl.executor_main --component_module_path \"$program_path/ephemeral_component.py\" \"$@\"\n";
    const string source = "\nimport kfp\nfrom kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\ndef add(a: int, b: int) -> int:\n    return a + b\n";
    var input = $"{{\"inputs\":{{\"parameterValues\":{{\"a\":1,\"b\":2}}}},\"outputs\":{{\"parameters\":{{\"Output\":{{\"outputFile\":\"{scratch}/o\"}}}},\"outputFile\":\"{scratch}/output.json\"}}}}";
    await CompareAsync(40, ("Process.Start, python3 -c pass", () => DotnetAsync(python, "-c", "pass")),
        ("Kubeflow component, engine's part left out", async () =>
        {
            var workload = new Workload { Name = "add", Attempt = $"bench-{Environment.ProcessId}-{attempts++}", Command = ["sh", "-ec", launch, source], Args = ["--executor_input", input, "--function_to_execute", "add"], WorkingFolder = Path.Combine(scratch, "add") };
            var outcome = await grouped.RunAsync(KfpBootstrap.Rewrite(workload, options), NoLog.Instance, CancellationToken.None);
            if (!outcome.IsSuccess)
            {
                throw new InvalidOperationException(outcome.Words);
            }
        }));
}

async Task AtOnceAsync(int count)
{
    var clock = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, count).Select(_ => OursAsync(grouped, ["/bin/sleep", "1"])));
    Console.WriteLine($"{count} of \"sleep 1\" at once: {clock.Elapsed.TotalSeconds:0.00} s, {ThreadPool.ThreadCount} pool threads");
}

async Task LogsAsync(int gigabytes)
{
    var folder = Path.Combine(scratch, "log");
    using var log = new WorkloadLogs(time).Open(folder);
    var before = Process.GetCurrentProcess().WorkingSet64;
    var clock = Stopwatch.StartNew();
    var workload = new Workload { Name = "bench", Attempt = $"bench-{Environment.ProcessId}-{attempts++}", Command = ["sh", "-c", $"yes {new string('x', 99)} | head -c {gigabytes}000000000"] };
    await grouped.RunAsync(workload, log, CancellationToken.None);
    var kept = new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
    using var after = Process.GetCurrentProcess();
    Console.WriteLine($"{gigabytes} GB of logs: {clock.Elapsed.TotalSeconds:0.0} s, {kept >> 20} MiB kept, memory grew by {(after.WorkingSet64 - before) >> 20} MiB");
}
