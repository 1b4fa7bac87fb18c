using Slipway.Platform.Database;

namespace Slipway.Platform.Objects;

/// <summary>
/// Whoever keeps digests of objects in its tables says so here, because objects have no owners of their own: identical bytes are kept once, whoever
/// put them. An object is removed only when no holder names it. Register one per module that stores digests.
/// </summary>
public interface IObjectHolder
{
    /// <summary>Those of <paramref name="digests"/> that this module still names. Asked inside the transaction that removes the rest, so it must only read.</summary>
    Task<IReadOnlyCollection<string>> HeldAsync(IReadSession session, IReadOnlyList<string> digests);
}
