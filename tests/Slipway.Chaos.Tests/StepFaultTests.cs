using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>Steps that misbehave, on a real server: each is told apart, said in words, cleaned up after, and harms nobody else.</summary>
public sealed class StepFaultTests
{
    [Fact]
    public async Task Misbehaving_steps_Are_told_apart_in_words_and_cleaned_up()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        Environment.SetEnvironmentVariable("Slipway__Pipelines__DiskBytes", $"{20 << 20}");
        Environment.SetEnvironmentVariable("Slipway__Pipelines__LogBytes", $"{1 << 20}");
        await using var server = PipelineOnServer.Make("only", folder.File("data"));
        server.Start();
        await server.ReadyAsync(cancellation);
        var mark = $"87{Random.Shared.Next(1000, 9999)}";
        (string Name, string Script, string Error)[] faults =
        [
            ("good", "printf fine > \"$0\"", ""),
            ("exits", "echo it is broken >&2; exit 3", "It ended with exit code 3: it is broken"),
            ("signal", "kill -SEGV $$", "It was ended by signal 11"),
            ("memory", "python3 -c \"x = bytearray(400 * 1024 * 1024); import time; time.sleep(5)\"", "It ran out of memory"),
            ("disk", "dd if=/dev/zero of=big bs=1M count=400 2>/dev/null; sleep 2", "It wrote more than"),
            ("malformed", "mkdir \"$0\"", "outputs.out"),
            ("silent", "true", "outputs.out: the task ended without writing it"),
            ("forks", $"sleep {mark} & (setsid sleep {mark} &) ; exit 1", "It ended with exit code 1"),
            ("talks", "yes this line is written again and again | head -c 1000000000; printf fine > \"$0\"", ""),
        ];
        var limited = new JsonObject { ["resourceMemoryLimit"] = "64Mi" };
        var spec = PipelineOnServer.Steps(faults.Select(f => (f.Name, f.Script, Array.Empty<string>(), f.Name == "memory" ? limited : null)));

        var run = await server.EndedAsync(await server.SubmitAsync(spec, cancellation), cancellation);

        var steps = ((JsonArray)run["steps"]!).ToDictionary(s => (string)s!["name"]!, s => (State: (string?)s!["state"], Error: (string?)s["error"] ?? ""));
        foreach (var (name, _, error) in faults)
        {
            Assert.Equal((name, error.Length == 0 ? "Succeeded" : "Failed"), (name, steps[name].State));
            Assert.StartsWith(error, steps[name].Error, StringComparison.Ordinal);
        }

        var data = folder.File("data");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(data, "pipelines", "attempts", (string)run["id"]!)));
        Assert.InRange(Directory.EnumerateFiles(Path.Combine(data, "pipelines", "logs"), "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length), 1, 3 << 20);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), p => IsSleeping(p, mark));
        var memory = File.ReadLines($"/proc/{server.ProcessId}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal));
        Assert.True(long.Parse(memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) < 400_000, memory);
    }

    private static bool IsSleeping(string process, string mark)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains($"sleep\0{mark}", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
