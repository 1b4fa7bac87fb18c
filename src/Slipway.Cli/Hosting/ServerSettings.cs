namespace Slipway.Cli.Hosting;

/// <summary>How a server is to be started. Read and checked by <see cref="ServerSettingsReader"/>.</summary>
/// <param name="DataDirectory">Absolute path; everything the server keeps is in here by default.</param>
/// <param name="Host">Address to listen on.</param>
/// <param name="Port">HTTP; 0 takes a free one.</param>
/// <param name="GrpcPort">gRPC; 0 takes a free one. Null was not chosen: the port after the HTTP port, left out when that is taken.</param>
/// <param name="Database"><c>sqlite:PATH</c> with an absolute path, or <c>postgres://...</c>.</param>
/// <param name="Objects">An absolute folder, or <c>s3://bucket/prefix?endpoint=...</c>.</param>
public sealed record ServerSettings(string DataDirectory, string Host, int Port, int? GrpcPort, string Database, string Objects)
{
    /// <summary>True when neither a flag nor the environment chose the port, so that another may be taken if it is busy.</summary>
    public bool PortIsDefault { get; init; }
}
