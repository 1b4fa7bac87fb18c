using System.Buffers;
using System.Text.Json;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Recording;

/// <summary>What tracking tells the event log. Parameters, tags and metrics make no events: they come in bulk.</summary>
internal static class TrackingEvents
{
    /// <param name="type"><c>run.started</c>, <c>.finished</c>, <c>.deleted</c>, <c>.restored</c> or <c>.removed</c>.</param>
    public static Task RunAsync(IWriteSession session, string type, RunSummary run) => session.AppendAsync(
        new EventDraft(type, run.Namespace, $"runs/{run.Id}", JsonSerializer.SerializeToUtf8Bytes(run, TrackingJson.Default.RunSummary)));

    /// <param name="type"><c>experiment.created</c>, <c>.renamed</c>, <c>.deleted</c>, <c>.restored</c> or <c>.removed</c>.</param>
    public static Task ExperimentAsync(IWriteSession session, string type, ExperimentRow experiment) =>
        AppendAsync(session, type, experiment.Namespace, $"experiments/{experiment.Id}", writer =>
        {
            writer.WriteString("id", experiment.Id);
            writer.WriteString("name", experiment.Name);
            writer.WriteString("artifactLocation", experiment.ArtifactLocation);
        });

    /// <param name="type"><c>logged-model.created</c>, <c>.finalized</c>, <c>.deleted</c> or <c>.removed</c>.</param>
    public static Task ModelAsync(IWriteSession session, string type, ModelRow model) =>
        AppendAsync(session, type, model.Namespace, $"logged-models/{model.Id}", writer =>
        {
            writer.WriteString("id", model.Id);
            writer.WriteString("name", model.Name);
            writer.WriteString("experimentId", model.ExperimentId);
            writer.WriteString("status", model.Status);
            writer.WriteString("artifactUri", model.ArtifactUri);
        });

    private static Task AppendAsync(IWriteSession session, string type, string ns, string subject, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return session.AppendAsync(new EventDraft(type, ns, subject, buffer.WrittenMemory));
    }
}
