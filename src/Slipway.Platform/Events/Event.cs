namespace Slipway.Platform.Events;

/// <summary>Something that happened, to be appended in the transaction that made it true.</summary>
/// <param name="Type">Dotted, past tense: <c>model.alias.moved</c>. Resource changes are <c>resource.added|modified|deleted</c>.</param>
/// <param name="Namespace">Empty for cluster-wide matters.</param>
/// <param name="Subject">What it is about, as a path: <c>slipway.dev/v1/monitors/housing</c> or <c>models/housing</c>.</param>
/// <param name="Payload">JSON, UTF-8. For resource changes the whole object after the change.</param>
public sealed record EventDraft(string Type, string Namespace, string Subject, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Who did it; taken from the call's identity when not given. Controllers name themselves: <c>controller:monitor</c>.</summary>
    public string? Actor { get; init; }
}

/// <summary>
/// An event as it stands in the log. <paramref name="Sequence"/> is gapless from 1 and doubles as the resourceVersion of resources.
/// <paramref name="Hash"/> is SHA-256 over the previous event's hash and this event's fields: changing, removing or reordering any row breaks the chain.
/// </summary>
public sealed record Event(
    long Sequence, DateTimeOffset Time, string Type, string Namespace, string Subject, string Actor, ReadOnlyMemory<byte> Payload, string Hash);
