namespace Slipway.Client;

public sealed record SlipwayClientOptions
{
    /// <summary>How long a call keeps trying while the server refuses connections or drops them; zero tries once.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long one attempt may take, up to the headers of the answer. Uploads and watches have no limit.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Sent as a bearer token when given.</summary>
    public string? Token { get; init; }
}
