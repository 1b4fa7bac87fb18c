using System.Diagnostics.CodeAnalysis;

namespace Slipway.Kernel.Problems;

/// <summary>Stands for "nothing to return" in <see cref="Result{T}"/>.</summary>
public readonly record struct Unit;

/// <summary>Either a value or a <see cref="Problem"/>. Expected failures travel as results; exceptions are bugs.</summary>
public readonly struct Result<T>
{
    private readonly T? _value;
    private readonly Problem? _problem;

    private Result(T? value, Problem? problem) => (_value, _problem) = (value, problem);

    [MemberNotNullWhen(false, nameof(Problem))]
    public bool Succeeded => _problem is null;

    public Problem? Problem => _problem;

    /// <summary>The value; asking a failed result for it is a bug.</summary>
    public T Value => _problem is null ? _value! : throw new InvalidOperationException($"The result failed: {_problem}");

    /// <summary>True with the value, or false with the problem.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Problem? problem)
    {
        (value, problem) = (_value, _problem);
        return problem is null;
    }

    public Result<TNext> Then<TNext>(Func<T, Result<TNext>> next) => _problem is null ? next(_value!) : _problem;

    public Result<TNext> Select<TNext>(Func<T, TNext> map) => _problem is null ? map(_value!) : _problem;

    /// <summary>The value, or a <see cref="ProblemException"/> for code that can only throw.</summary>
    public T OrThrow() => _problem is null ? _value! : throw new ProblemException(_problem);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Problem problem) => new(default, problem);
}

public static class Result
{
    public static Result<Unit> Ok { get; } = default(Unit);

    public static Result<T> From<T>(T value) => value;
}
