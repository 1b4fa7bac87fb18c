using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Graphs.Domain;

namespace Slipway.Serving.Graphs;

/// <summary>
/// Walks a graph for one request. A step that fails and is Hard ends its node with the step's own status and the step's name in the message; one that
/// is Soft is passed over where the node can go on. When the caller goes, every call in progress is cancelled.
/// </summary>
internal sealed class GraphRunner(LocalCalls local, RemoteCalls remote, GraphMetrics metrics, TimeProvider time)
{
    public Task<StepAnswer> RunAsync(GraphCall call, byte[] body, CancellationToken cancellation) =>
        NodeAsync(call, call.Graph.Nodes[GraphSpec.Root], body, cancellation);

    private Task<StepAnswer> NodeAsync(GraphCall call, GraphNode node, byte[] body, CancellationToken cancellation) => node.Router switch
    {
        RouterType.Splitter => StepAsync(call, node, Drawn(call, node), body, cancellation),
        RouterType.Switch => SwitchAsync(call, node, body, cancellation),
        RouterType.Ensemble => EnsembleAsync(call, node, body, cancellation),
        _ => SequenceAsync(call, node, body, cancellation),
    };

    /// <summary>Another spread per node: what one splitter sends to its first step must not all go to the first step of the next, nor to a canary.</summary>
    internal static GraphStep Drawn(GraphCall call, GraphNode node)
    {
        var bucket = TrafficSplit.BucketOf($"{call.Namespace}/{call.Name}/{node.Name}/{call.Id}");
        var place = TrafficSplit.Choose(bucket, [.. node.Steps.Select(s => s.Weight)]);
        return node.Steps[Math.Max(0, place)];
    }

    private async Task<StepAnswer> SwitchAsync(GraphCall call, GraphNode node, byte[] body, CancellationToken cancellation)
    {
        GraphStep? chosen;
        using (var json = GraphBody.Open(body))
        {
            chosen = node.Steps.FirstOrDefault(s => s.Condition!.Exists(json.RootElement));
        }

        return chosen is null
            ? StepAnswer.Failed(StatusCodes.Status404NotFound, $"node '{node.Name}': no condition of its {node.Steps.Count} steps holds for this request")
            : await StepAsync(call, node, chosen, body, cancellation);
    }

    /// <summary>
    /// One after the other. The answer is that of the last step that answered; of a Soft step that fails nothing is passed on, and when every step has
    /// failed the last failure is the answer. A condition that does not hold ends the sequence with what was answered before it.
    /// </summary>
    private async Task<StepAnswer> SequenceAsync(GraphCall call, GraphNode node, byte[] body, CancellationToken cancellation)
    {
        StepAnswer? last = null, failure = null;
        foreach (var step in node.Steps)
        {
            if (step.Condition is { } condition && !Holds(condition, last?.Body ?? body))
            {
                break;
            }

            var answer = await StepAsync(call, node, step, GraphBody.Of(step.Data, body, last?.Body ?? body), cancellation);
            if (answer.Succeeded)
            {
                last = answer;
                continue;
            }

            failure = answer;
            if (step.IsHard)
            {
                return answer;
            }
        }

        return last ?? failure!;
    }

    /// <summary>
    /// All at once, merged by the steps' names. The first Hard failure cancels the others and is the answer; a Soft failure stands as
    /// <c>{"error"}</c> in its place, unless nothing else is there.
    /// </summary>
    private async Task<StepAnswer> EnsembleAsync(GraphCall call, GraphNode node, byte[] body, CancellationToken cancellation)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // On the thread pool, because a model in this process runs on the thread that asks it.
        var running = node.Steps.Select(step => Task.Run(() => StepAsync(call, node, step, body, together.Token), together.Token)).ToList();
        try
        {
            var left = running.ToList();
            while (left.Count > 0)
            {
                var ended = await Task.WhenAny(left);
                left.Remove(ended);
                var answer = await ended;
                if (!answer.Succeeded && node.Steps[running.IndexOf(ended)].IsHard)
                {
                    return answer;
                }
            }
        }
        finally
        {
            await together.CancelAsync();
            await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        var answers = await Task.WhenAll(running);
        return Array.Find(answers, a => a.Succeeded) is null ? answers[0] : Merged(node, answers);
    }

    private static StepAnswer Merged(GraphNode node, StepAnswer[] answers)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            for (var i = 0; i < answers.Length; i++)
            {
                writer.WritePropertyName(node.Steps[i].Name);
                writer.WriteRawValue(answers[i].Body, skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return new StepAnswer(StatusCodes.Status200OK, bytes.ToArray());
    }

    private async Task<StepAnswer> StepAsync(GraphCall call, GraphNode node, GraphStep step, byte[] body, CancellationToken cancellation)
    {
        if (step.Target is StepTarget.Node inner)
        {
            return await NodeAsync(call, call.Graph.Nodes[inner.Name], body, cancellation);
        }

        var started = time.GetTimestamp();
        var answer = (await TimedAsync(call, step, body, cancellation)).At(PlaceOf(node, step));
        call.Steps.Enqueue($"{node.Name}/{step.Name}");
        metrics.OnStep(call.Namespace, call.Name, node.Name, step.Name, answer.Status, time.GetElapsedTime(started));
        return answer;
    }

    private async Task<StepAnswer> TimedAsync(GraphCall call, GraphStep step, byte[] body, CancellationToken cancellation)
    {
        if (call.Graph.StepTimeout is not { } limit)
        {
            return await CallAsync(call, step, body, cancellation);
        }

        using var late = new CancellationTokenSource(limit, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await CallAsync(call, step, body, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return StepAnswer.Failed(
                StatusCodes.Status504GatewayTimeout, string.Create(CultureInfo.InvariantCulture, $"it did not answer within {limit.TotalSeconds} s"));
        }
    }

    private async Task<StepAnswer> CallAsync(GraphCall call, GraphStep step, byte[] body, CancellationToken cancellation)
    {
        var answer = step.Target switch
        {
            StepTarget.Service service => await local.CallAsync(call, service.Name, body, cancellation),
            StepTarget.Address address => await remote.CallAsync(call, address.Url, body, cancellation),
            _ => throw new InvalidOperationException($"No way to call {step.Target}"),
        };
        return GraphBody.Fault(answer.Body) is not { } fault ? answer
            : StepAnswer.Failed(answer.Succeeded ? StatusCodes.Status502BadGateway : answer.Status, answer.Succeeded ? $"its answer is not JSON: {fault}" : answer.Text());
    }

    private static string PlaceOf(GraphNode node, GraphStep step) => $"node '{node.Name}', step '{step.Name}' ({(step.Target switch
    {
        StepTarget.Service service => $"service {service.Name}",
        StepTarget.Address address => address.Url.GetLeftPart(UriPartial.Path),
        _ => "",
    })})";

    private static bool Holds(GraphPath condition, byte[] body)
    {
        using var json = GraphBody.Open(body);
        return condition.Exists(json.RootElement);
    }
}
