using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Tests.Engine;

/// <summary>The rules alone, driven by hand: no database, no clock, no steps.</summary>
public class RunGraphTests
{
    private const string Nested =
        """
        first: {componentRef: {name: comp-echo}}
        for-loop-1: {componentRef: {name: comp-inner}, dependentTasks: [first], parameterIterator: {items: {raw: '[1, 2, 3, 4, 5]'}, itemInput: item}, iteratorPolicy: {parallelismLimit: 2}}
        last: {componentRef: {name: comp-echo}, dependentTasks: [for-loop-1]}
        """;

    private const string Inner =
        """
        comp-inner:
          inputDefinitions: {parameters: {item: {parameterType: NUMBER_INTEGER}}}
          dag:
            tasks:
              a: {componentRef: {name: comp-echo}, inputs: {parameters: {v: {componentInputParameter: item}}}}
              b: {componentRef: {name: comp-echo}, dependentTasks: [a]}
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void CrashesAtAnyMoment_EveryTaskSucceedsOnceAndNoneIsLost(int seed)
    {
        var random = new Random(seed);
        var bench = new Bench(Nested, Inner);
        var succeeded = new List<string>();
        for (var turn = 0; !bench.Graph.HasEnded; turn++)
        {
            Assert.True(turn < 10_000, "the run hangs");
            if (random.Next(6) == 0)
            {
                bench.Crash(mostLost: 1000);
            }
            else if (bench.Running.Count > 0 && random.Next(2) == 0)
            {
                var task = bench.Running[random.Next(bench.Running.Count)];
                bench.Succeed(task);
                succeeded.Add(task.Path);
            }
            else
            {
                bench.StartOne();
            }
        }

        Assert.Equal(TaskState.Succeeded, bench.Graph.Root.State);
        Assert.Equal(12, succeeded.Count);
        Assert.Equal(succeeded.Count, succeeded.Distinct().Count());
        Assert.True(bench.MostIterationsAtOnce <= 2, $"{bench.MostIterationsAtOnce} iterations at once");
    }

    [Fact]
    public void ServersThatDieOverOneTask_EndIt()
    {
        var bench = new Bench("a: {componentRef: {name: comp-echo}}");
        for (var death = 0; death < 3; death++)
        {
            bench.StartOne();
            bench.Crash(mostLost: 2);
        }

        Assert.Equal((TaskState.Failed, TaskState.Failed), (bench.Graph.Root.State, bench.Graph.Root.Children[0].State));
        Assert.Equal(TaskCause.LostServers, bench.Graph.Root.Children[0].Cause);
        Assert.StartsWith("a: the server died 3 times while this task ran", bench.Graph.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void RetryAfterAFailureInALoop_RunsOnlyThatIteration()
    {
        var bench = new Bench(Nested, Inner);
        bench.RunAll(t => t.Path != "root/for-loop-1[2]/a");
        Assert.Equal(TaskState.Failed, bench.Graph.Root.State);

        var reset = RunReset.OfFailures(bench.Plan, [.. bench.Rows.Values]);
        Assert.Equal(["root/for-loop-1[2]/a", "root/for-loop-1[2]/b", "root/last"], reset.Gone.Order(StringComparer.Ordinal));
        Assert.Equal(["root", "root/for-loop-1", "root/for-loop-1[2]"], reset.Reopened.Order(StringComparer.Ordinal));
        bench.Apply(reset);
        bench.Crash(mostLost: 0);
        var again = bench.RunAll(_ => true);

        Assert.Equal(TaskState.Succeeded, bench.Graph.Root.State);
        Assert.Equal(["root/for-loop-1[2]/a", "root/for-loop-1[2]/b", "root/last"], again.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void RerunFromATask_TakesWhatFollowsIt()
    {
        var bench = new Bench(Nested, Inner);
        bench.RunAll(_ => true);

        var reset = RunReset.From(bench.Plan, [.. bench.Rows.Values], "root/for-loop-1[1]/b");

        Assert.Equal(["root/for-loop-1[1]/b", "root/last"], reset.Gone.Order(StringComparer.Ordinal));
        Assert.Equal(["root", "root/for-loop-1", "root/for-loop-1[1]"], reset.Reopened.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cancel_EndsEverythingThatDoesNotRun()
    {
        var bench = new Bench(Nested, Inner);
        bench.StartOne();
        bench.Graph.Cancel(1);
        bench.Save();

        Assert.False(bench.Graph.HasEnded);
        bench.Graph.CancelAttempt(bench.Running[0], 2);
        Assert.Equal(TaskState.Canceled, bench.Graph.Root.State);
        Assert.All(bench.Graph.Root.Children, c => Assert.Equal(TaskState.Canceled, c.State));
    }

    [Fact]
    public void LoopOfTenThousandEmptyGraphs_DoesNotOverflow()
    {
        var items = string.Join(',', Enumerable.Range(0, 10_000));
        var bench = new Bench(
            """for-loop-1: {componentRef: {name: comp-none}, parameterIterator: {items: {raw: '[ITEMS]'}, itemInput: item}}""".Replace("ITEMS", items, StringComparison.Ordinal),
            "comp-none: {inputDefinitions: {parameters: {item: {parameterType: NUMBER_INTEGER}}}, dag: {tasks: {}}}");

        Assert.Equal(TaskState.Succeeded, bench.Graph.Root.State);
    }

    /// <summary>A graph with what would be in the tables beside it.</summary>
    private sealed class Bench
    {
        private static readonly RunContext Context = new("run", "default", "name", "pipeline", "root", default, default);

        public Bench(string tasks, string components = "")
        {
            Plan = new RunPlan(PipelineReader.Read(IrText.Pipeline(tasks, components: components)).OrThrow().Spec);
            Graph = Make();
            Graph.Start(TaskValues.Empty, 1);
            Save();
        }

        public RunPlan Plan { get; }

        public RunGraph Graph { get; private set; }

        public Dictionary<string, TaskRow> Rows { get; } = new(StringComparer.Ordinal);

        public List<LiveTask> Running { get; } = [];

        public int MostIterationsAtOnce { get; private set; }

        private Queue<LiveTask> Waiting { get; } = new();

        public void StartOne()
        {
            if (Waiting.TryDequeue(out var task) && task.State == TaskState.Queued)
            {
                Graph.StartAttempt(task, 2);
                Running.Add(task);
                Save();
            }
        }

        public void Succeed(LiveTask task)
        {
            Running.Remove(task);
            Graph.Succeed(task, TaskValues.Of(new Dictionary<string, JsonNode?> { ["out"] = 1 }), 3);
            Save();
        }

        /// <returns>What ran.</returns>
        public List<string> RunAll(Func<LiveTask, bool> succeeds)
        {
            var ran = new List<string>();
            while (!Graph.HasEnded)
            {
                StartOne();
                var task = Running[0];
                ran.Add(task.Path);
                if (succeeds(task))
                {
                    Succeed(task);
                }
                else
                {
                    Running.Remove(task);
                    Graph.Fail(task, TaskCause.Step, "broken", 3);
                    Save();
                }
            }

            return ran;
        }

        public void Apply(RunReset reset)
        {
            foreach (var path in reset.Gone)
            {
                Rows.Remove(path);
            }

            foreach (var path in reset.Reopened)
            {
                Rows[path] = Rows[path] with { State = nameof(TaskState.Running), Cause = nameof(TaskCause.None), Finished = null, Error = null, Outputs = null };
            }
        }

        /// <summary>The server is gone; the next one has only the rows.</summary>
        public void Crash(int mostLost)
        {
            Graph = Make();
            Running.Clear();
            Waiting.Clear();
            Graph.Restore([.. Rows.Values.OrderBy(r => r.Number)], mostLost, 4);
            Save();
        }

        public void Save()
        {
            foreach (var task in Graph.TakeDirty())
            {
                Rows[task.Path] = task.ToRow("run");
            }

            while (Graph.Ready.TryDequeue(out var ready))
            {
                Waiting.Enqueue(ready);
            }

            MostIterationsAtOnce = Math.Max(MostIterationsAtOnce, Rows.Values.Count(r => r is { Iteration: not null, State: "Running" }));
        }

        private RunGraph Make() => new(Plan, Context, RunOptions.Default, "SUCCEEDED", () => Guid.NewGuid().ToString());
    }
}
