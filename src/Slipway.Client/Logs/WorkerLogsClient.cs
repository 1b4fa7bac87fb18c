using System.Globalization;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client.Logs;

/// <summary>Which lines of a service's workers are wanted.</summary>
/// <param name="Component">predictor, transformer or explainer.</param>
/// <param name="Revision">Null for the newest that ran.</param>
/// <param name="Tail">How many of the last lines, 1 to 10,000.</param>
/// <param name="Follow">Whether lines go on as they come.</param>
public sealed record WorkerLogQuery(string Component, string? Revision, int Tail, bool Follow);

/// <summary>What the worker processes of inference services print.</summary>
public sealed class WorkerLogsClient
{
    private readonly HttpTransport _transport;

    internal WorkerLogsClient(HttpTransport transport) => _transport = transport;

    /// <summary>Hands over line after line: time, worker, stream, text. With Follow it ends with the server, or when cancelled.</summary>
    public async Task<Result<Unit>> ReadAsync(string ns, string service, WorkerLogQuery query, Func<string, Task> line, CancellationToken cancellation)
    {
        var path = $"api/slipway/v1/namespaces/{Uri.EscapeDataString(ns)}/inferenceservices/{Uri.EscapeDataString(service)}/logs?component={Uri.EscapeDataString(query.Component)}"
            + $"&tail={query.Tail.ToString(CultureInfo.InvariantCulture)}" + (query.Revision is { } revision ? $"&revision={Uri.EscapeDataString(revision)}" : "")
            + (query.Follow ? "&follow=true" : "");
        if (!(await _transport.SendAsync(() => HttpTransport.Request(HttpMethod.Get, path, "text/plain"), bounded: !query.Follow, cancellation)).TryGet(out var response, out var problem))
        {
            return problem;
        }

        using (response)
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation)))
        {
            try
            {
                while (await reader.ReadLineAsync(cancellation) is { } text)
                {
                    await line(text);
                }

                return Result.Ok;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                return _transport.Unreachable(fault);
            }
        }
    }
}
