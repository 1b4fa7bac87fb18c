namespace Slipway.Kernel.Problems;

/// <summary>One thing wrong with the input. <paramref name="Path"/> is the field as the caller wrote it, such as <c>spec.window</c>.</summary>
public sealed record Fault(string Path, string Message);

/// <summary>An expected failure as a value: what went wrong, in words that name the thing and the cure.</summary>
public sealed record Problem(ProblemCode Code, string Message)
{
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>A finer code of the API family that answers, where it has one that <see cref="Code"/> does not tell apart; the others ignore it.</summary>
    public string? Reason { get; init; }

    /// <summary>When trying again makes sense, for Exhausted and Unavailable.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Problem Invalid(string message, params IReadOnlyList<Fault> faults) => new(ProblemCode.Invalid, message) { Faults = faults };

    /// <summary>Several faults as one problem whose message lists them all, so that one round trip tells everything.</summary>
    public static Problem Invalid(IReadOnlyList<Fault> faults) =>
        new(ProblemCode.Invalid, string.Join("; ", faults.Select(f => $"{f.Path}: {f.Message}"))) { Faults = faults };

    public static Problem NotFound(string what) => new(ProblemCode.NotFound, $"{what} not found");

    public static Problem AlreadyExists(string what) => new(ProblemCode.AlreadyExists, $"{what} already exists");

    public static Problem Conflict(string message) => new(ProblemCode.Conflict, message);

    public static Problem Unavailable(string message, TimeSpan? retryAfter = null) => new(ProblemCode.Unavailable, message) { RetryAfter = retryAfter };

    public override string ToString() => $"{Code}: {Message}";
}

/// <summary>Carries a problem through code that can only throw, such as a callback of a library. Caught at the nearest edge.</summary>
public sealed class ProblemException(Problem problem) : Exception(problem.Message)
{
    public Problem Problem { get; } = problem;
}
