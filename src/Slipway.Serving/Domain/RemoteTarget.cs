using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

internal enum RemoteProtocol
{
    V1,
    V2,
}

/// <summary>Another server's model: its address says which protocol it speaks.</summary>
/// <param name="Model"><c>http://host/v2/models/name[/versions/v]</c> or <c>http://host/v1/models/name[...]</c>, without a slash at the end.</param>
/// <param name="Server">What stands before <c>/models/</c>.</param>
internal sealed record RemoteTarget(RemoteProtocol Protocol, Uri Model, Uri Server)
{
    private const string Forms = "write http://HOST[:PORT]/v2/models/NAME[/versions/V] or http://HOST[:PORT]/v1/models/NAME[/versions/V]";

    public static Result<RemoteTarget> Of(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        var at = path.LastIndexOf("/models/", StringComparison.Ordinal);
        RemoteProtocol? protocol = at < 3 ? null : path[(at - 3)..at] switch
        {
            "/v1" => RemoteProtocol.V1,
            "/v2" => RemoteProtocol.V2,
            _ => null,
        };
        if (protocol is null || path.Length == at + "/models/".Length || address.Query.Length > 0)
        {
            return Problem.Invalid($"'{address}' is not the address of a model; {Forms}");
        }

        var root = address.GetLeftPart(UriPartial.Authority);
        return new RemoteTarget(protocol.Value, new Uri(root + path), new Uri(root + path[..at]));
    }

    /// <summary>The format and the address belong together.</summary>
    public static void Check(StorageUri? source, string? format, string path, List<Fault> faults)
    {
        var remote = source as StorageUri.Remote;
        if (format == ModelFormats.Remote && source is not null && remote is null)
        {
            faults.Add(new Fault($"{path}.model.storageUri", $"modelFormat '{ModelFormats.Remote}' is another server's model; {Forms}"));
        }
        else if (format == ModelFormats.Remote && remote is not null && Of(remote.Address).Problem is { } problem)
        {
            faults.Add(new Fault($"{path}.model.storageUri", problem.Message));
        }
    }
}
