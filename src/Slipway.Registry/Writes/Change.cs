using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Registry.Writes;

/// <summary>One change: whose namespace, who makes it, and when.</summary>
internal sealed record Change(string Namespace, string Actor, DateTimeOffset Now)
{
    /// <summary>By the caller of the present request.</summary>
    public static Change By(string ns, TimeProvider time) => new(ns, CallIdentity.Current, AsKept(time.GetUtcNow()));

    /// <summary>As the database keeps it, so that what is answered now equals what is read later.</summary>
    public static DateTimeOffset AsKept(DateTimeOffset time) => Micros.ToTime(Micros.Of(time));

    public Task TellAsync(IWriteSession session, string type, string model, JsonObject what) =>
        session.AppendAsync(new EventDraft(type, Namespace, $"models/{model}", System.Text.Encoding.UTF8.GetBytes(what.ToJsonString())) { Actor = Actor });
}

/// <summary>What was looked for and is not there, in the words that MLflow's clients know.</summary>
internal static class Missing
{
    public static Problem Model(string name) => new(ProblemCode.NotFound, $"Registered Model with name={Domain.Names.Shown(name)} not found");

    public static Problem Version(string name, int version) => new(ProblemCode.NotFound, $"Model Version (name={Domain.Names.Shown(name)}, version={version}) not found");
}
