using Slipway.Kernel.Problems;

namespace Slipway.Tracking.Artifacts.Domain;

internal enum ArtifactRoot
{
    /// <summary>The whole tree of a namespace.</summary>
    Tree,

    /// <summary>The folder of a run, by its id.</summary>
    Run,

    /// <summary>The folder of a logged model, by its id.</summary>
    LoggedModel,
}

/// <summary>An artifact URI taken apart.</summary>
/// <param name="Id">Of the run or model; empty for the tree.</param>
internal sealed record ArtifactUri(ArtifactRoot Root, string Id, ArtifactPath Path)
{
    private const string ProxyAddress = "/mlflow-artifacts/artifacts";

    public static Result<ArtifactUri> Parse(string uri)
    {
        var colon = uri.IndexOf(':', StringComparison.Ordinal);
        var (scheme, rest) = colon < 0 ? ("", uri) : (uri[..colon].ToLowerInvariant(), uri[(colon + 1)..]);
        return scheme switch
        {
            "mlflow-artifacts" => OfTree(WithoutHost(rest).TrimStart('/')),
            "http" or "https" when rest.IndexOf(ProxyAddress, StringComparison.Ordinal) is var at and >= 0 => OfTree(rest[(at + ProxyAddress.Length)..].TrimStart('/')),
            "runs" => OfId(ArtifactRoot.Run, WithoutHost(rest).TrimStart('/'), uri),
            "models" => OfId(ArtifactRoot.LoggedModel, WithoutHost(rest).TrimStart('/'), uri),
            _ => Problem.Invalid(
                $"the artifacts at '{Shown(uri)}' are not kept by this server: it serves mlflow-artifacts:/, runs:/ and models:/ addresses; others are read by the client itself"),
        };
    }

    private static Result<ArtifactUri> OfTree(string path) => ArtifactPath.Parse(path).Select(p => new ArtifactUri(ArtifactRoot.Tree, "", p));

    private static Result<ArtifactUri> OfId(ArtifactRoot root, string rest, string uri)
    {
        var cut = rest.IndexOf('/', StringComparison.Ordinal);
        var (id, path) = cut < 0 ? (rest, "") : (rest[..cut], rest[(cut + 1)..].TrimStart('/'));
        if (root == ArtifactRoot.LoggedModel && !id.StartsWith("m-", StringComparison.Ordinal))
        {
            return Problem.Invalid($"'{Shown(uri)}' names no logged model: those have ids that start with m-; the registry resolves models:/NAME/VERSION and models:/NAME@ALIAS");
        }

        return id.Length == 0 ? Problem.Invalid($"'{Shown(uri)}' has no id after its scheme") : ArtifactPath.Parse(path).Select(p => new ArtifactUri(root, id, p));
    }

    // mlflow-artifacts://host/path: the host is the server that is asked, whatever it is called there.
    private static string WithoutHost(string rest) =>
        !rest.StartsWith("//", StringComparison.Ordinal) || rest.StartsWith("///", StringComparison.Ordinal) ? rest
        : rest.IndexOf('/', 2) is var slash and >= 0 ? rest[slash..] : "";

    private static string Shown(string uri) => string.Concat(uri.Take(200).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}
