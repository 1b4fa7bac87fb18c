namespace Slipway.Kernel.Problems;

/// <summary>The closed list of ways an operation can fail as expected. Each API family renders it in its own wire form, in one place.</summary>
public enum ProblemCode
{
    /// <summary>The caller's input is wrong; the faults name every field (400 or 422).</summary>
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    AlreadyExists,
    /// <summary>Somebody else changed it first, or holds it (409).</summary>
    Conflict,
    /// <summary>What was asked for has been compacted away; start again from a fresh list (410).</summary>
    Expired,
    TooLarge,
    UnsupportedMediaType,
    MethodNotAllowed,
    /// <summary>A limit was reached for now; the caller may try again later (429).</summary>
    Exhausted,
    /// <summary>Not able to serve at the moment, for instance a model that is still loading or a full disk (503).</summary>
    Unavailable,
    DeadlineExceeded,
    Unsupported,
    /// <summary>Our own fault. Only made at the outermost edge, from an exception.</summary>
    Internal,
}
