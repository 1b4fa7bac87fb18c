using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Client.Resources;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Loops;

/// <param name="Raw">The report as the server wrote it, for passing on unchanged.</param>
public sealed record LoopReading(LoopReport Report, JsonObject Raw);

/// <summary>Closed loops: start one, follow it.</summary>
public sealed class LoopsClient
{
    private static readonly ResourceType Kind = new() { Group = "slipway.dev", Version = "v1", Kind = "Loop", Plural = "loops", Singular = "loop" };

    private readonly HttpTransport _transport;
    private readonly ResourcesClient _resources;

    internal LoopsClient(HttpTransport transport, ResourcesClient resources) => (_transport, _resources) = (transport, resources);

    /// <summary>Applies a Loop resource; applying the same again changes nothing.</summary>
    public Task<Result<Applied>> ApplyAsync(string ns, string name, JsonObject loop, CancellationToken cancellation) =>
        _resources.ApplyAsync(Kind, ns, name, loop, new ApplyOptions(Force: true), cancellation);

    public async Task<Result<LoopReading>> GetReportAsync(string ns, string name, CancellationToken cancellation)
    {
        var answer = await _transport.GetObjectAsync(
            $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/loops/{Uri.EscapeDataString(name)}/report", cancellation);
        if (!answer.TryGet(out var raw, out var problem))
        {
            return problem;
        }

        try
        {
            return raw.Deserialize(ClientJson.Default.LoopReport) is { Windows: not null, Events: not null, Requests: not null } report
                ? new LoopReading(report, raw)
                : NotAReport("members are missing");
        }
        catch (JsonException fault)
        {
            return NotAReport(fault.Message);
        }

        static Problem NotAReport(string why) => new(ProblemCode.Unsupported, $"the server's loop report cannot be read ({why}). Are server and client of the same version?");
    }
}
