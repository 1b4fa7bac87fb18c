using Slipway.Client.Archives;
using Slipway.Client.Audit;
using Slipway.Client.Datasets;
using Slipway.Client.Logs;
using Slipway.Client.Loops;
using Slipway.Client.Models;
using Slipway.Client.Monitors;
using Slipway.Client.Pipelines;
using Slipway.Client.Resources;
using Slipway.Client.Rollouts;
using Slipway.Client.Scoring;
using Slipway.Client.Transport;

namespace Slipway.Client;

/// <summary>
/// Talks to a Slipway server over HTTP. Every call answers a <see cref="Kernel.Problems.Result{T}"/>: what the server refused, or that it could not be
/// reached, is a problem whose message names the thing and the cure. Safe to share between threads.
/// </summary>
public sealed class SlipwayClient : IDisposable
{
    private readonly HttpTransport _transport;

    /// <param name="server">The server's base address, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <param name="time">Drives the pauses between attempts; null is the system's clock.</param>
    public SlipwayClient(Uri server, SlipwayClientOptions? options = null, TimeProvider? time = null)
    {
        Server = server;
        _transport = new HttpTransport(server, options ?? new SlipwayClientOptions(), time ?? TimeProvider.System);
        Resources = new ResourcesClient(_transport);
        Kinds = new KindsClient(_transport);
        Datasets = new DatasetsClient(_transport);
        Loops = new LoopsClient(_transport, Resources);
        Models = new ModelsClient(_transport);
        Monitors = new MonitorsClient(_transport);
        PipelineRuns = new PipelineRunsClient(_transport);
        Schedules = new SchedulesClient(_transport);
        Rollouts = new RolloutsClient(_transport);
        WorkerLogs = new WorkerLogsClient(_transport);
        Archives = new ArchivesClient(_transport);
        Audit = new AuditClient(_transport);
        Scoring = new ScoringClient(_transport);
        Explanations = new ExplanationsClient(_transport);
        Info = new ServerInfoClient(_transport);
    }

    public Uri Server { get; }

    /// <summary>Kubernetes-shaped resources of every kind.</summary>
    public ResourcesClient Resources { get; }

    /// <summary>Which kinds the server serves, and by what names.</summary>
    public KindsClient Kinds { get; }

    public DatasetsClient Datasets { get; }

    public LoopsClient Loops { get; }

    public ModelsClient Models { get; }

    public MonitorsClient Monitors { get; }

    public PipelineRunsClient PipelineRuns { get; }

    public SchedulesClient Schedules { get; }

    public RolloutsClient Rollouts { get; }

    public WorkerLogsClient WorkerLogs { get; }

    public ArchivesClient Archives { get; }

    public AuditClient Audit { get; }

    /// <summary>Scores frames with registered models.</summary>
    public ScoringClient Scoring { get; }

    /// <summary>Explains predictions of inference services.</summary>
    public ExplanationsClient Explanations { get; }

    public ServerInfoClient Info { get; }

    public void Dispose() => _transport.Dispose();
}
