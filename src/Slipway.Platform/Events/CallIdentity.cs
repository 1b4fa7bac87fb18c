namespace Slipway.Platform.Events;

/// <summary>Who is acting in the present flow of control: set by the authentication of a request or by a controller, read when events are appended.</summary>
public static class CallIdentity
{
    public const string System = "system";

    /// <summary>Whoever uses a server that asks for no token.</summary>
    public const string Local = "user:local";

    private static readonly AsyncLocal<string?> Name = new();

    public static string Current => Name.Value ?? System;

    /// <summary>
    /// Who sent the request that is being answered, on routes that may be answered without setting the identity
    /// (<see cref="Http.RouteConventions.ReadsCaller{TBuilder}"/>).
    /// </summary>
    public static string Caller => Name.Value ?? Local;

    /// <summary>Acts as <paramref name="actor"/> until the answer is disposed.</summary>
    public static IDisposable ActAs(string actor)
    {
        var before = Name.Value;
        Name.Value = actor;
        return new Restore(before);
    }

    private sealed class Restore(string? before) : IDisposable
    {
        public void Dispose() => Name.Value = before;
    }
}
