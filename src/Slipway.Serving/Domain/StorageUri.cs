using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>Where a predictor's model comes from: a closed list, because each form is resolved in its own way.</summary>
internal abstract record StorageUri
{
    private const string ModelsScheme = "models:/";
    private const string FileScheme = "file://";
    private const string S3Scheme = "s3://";
    private const string ObjectScheme = "object://";
    private const string VersionOfObject = "?version=";
    private const int DigestLength = 64;
    private const string DigestCharacters = "0123456789abcdef";
    private const string BucketCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    private StorageUri()
    {
    }

    /// <summary><c>models:/name@alias</c>: follows the alias wherever it moves.</summary>
    public sealed record Aliased(string Model, string Alias) : StorageUri;

    /// <summary><c>models:/name/3</c>: one version for ever.</summary>
    public sealed record Numbered(string Model, int Version) : StorageUri;

    /// <summary><c>file:///path/model.onnx</c>, or a folder that holds a <c>model.onnx</c>.</summary>
    public sealed record LocalFile(string Path) : StorageUri;

    /// <summary>A file or an archive to fetch; with the format remote, <c>http://host/v2/models/name</c>: a model that another server answers for.</summary>
    public sealed record Remote(Uri Address) : StorageUri;

    /// <summary><c>s3://bucket/key</c>: an object, or all objects below <c>key/</c>.</summary>
    public sealed record S3(string Bucket, string Key) : StorageUri;

    /// <summary><c>object://SHA256?version=N</c>: an ONNX file in the object store, which a load brought along as that version.</summary>
    public sealed record Stored(string Digest, int Version) : StorageUri
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ObjectScheme}{Digest}?version={Version}");
    }

    /// <summary>The registered model's name; null for a file.</summary>
    public string? RegisteredModel => this switch
    {
        Aliased a => a.Model,
        Numbered n => n.Model,
        _ => null,
    };

    public static Result<StorageUri> Parse(string text)
    {
        if (text.StartsWith(ModelsScheme, StringComparison.Ordinal))
        {
            return ParseModel(text, text[ModelsScheme.Length..].TrimStart('/'));
        }

        if (text.StartsWith(FileScheme, StringComparison.Ordinal))
        {
            var path = Uri.UnescapeDataString(text[FileScheme.Length..]);
            return path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
                ? new LocalFile(path)
                : Problem.Invalid($"'{text}' has no absolute path; write file:///path/model.onnx");
        }

        if (text.StartsWith(ObjectScheme, StringComparison.Ordinal))
        {
            return ParseObject(text, text[ObjectScheme.Length..]);
        }

        if (text.StartsWith(S3Scheme, StringComparison.Ordinal))
        {
            return text[S3Scheme.Length..].Split('/', 2) is [{ Length: > 0 } bucket, { Length: > 0 } key] && !bucket.AsSpan().ContainsAnyExcept(BucketCharacters)
                ? new S3(bucket, key)
                : Problem.Invalid($"'{text}' names no object; write s3://BUCKET/KEY");
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return address.UserInfo.Length == 0
                ? new Remote(address)
                : Problem.Invalid("has a user or password in it, which everybody who may read the resource would see; remove them");
        }

        return Problem.Invalid($"'{text}' is not a model this server can open; use models:/NAME@ALIAS, models:/NAME/VERSION, file:///path, s3://BUCKET/KEY or https://host/path{Hint(text)}");
    }

    private static Result<StorageUri> ParseObject(string text, string rest)
    {
        var at = rest.IndexOf(VersionOfObject, StringComparison.Ordinal);
        return at == DigestLength && !rest.AsSpan(0, at).ContainsAnyExcept(DigestCharacters)
            && int.TryParse(rest.AsSpan(at + VersionOfObject.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? new Stored(rest[..at], version)
            : Problem.Invalid($"'{text}' names no object and version; write object://SHA256?version=N");
    }

    /// <summary>What users of the addresses that KServe knows beside ours can do.</summary>
    private static string Hint(string text) => text.Split(':')[0] switch
    {
        "gs" => "; a public object of a bucket is at https://storage.googleapis.com/BUCKET/KEY",
        "pvc" => "; a volume mounted on this machine is file:///path",
        "hf" or "oci" or "oci+native" => "; fetch it to a folder of this machine and use file:///path",
        _ => "",
    };

    private static Result<StorageUri> ParseModel(string text, string rest)
    {
        var at = rest.LastIndexOf('@');
        if (at > 0 && at < rest.Length - 1)
        {
            return new Aliased(rest[..at], rest[(at + 1)..]);
        }

        var slash = rest.LastIndexOf('/');
        return slash > 0 && int.TryParse(rest.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? new Numbered(rest[..slash], version)
            : Problem.Invalid($"'{text}' names no version; write models:/NAME@ALIAS or models:/NAME/VERSION (a number from 1)");
    }
}
