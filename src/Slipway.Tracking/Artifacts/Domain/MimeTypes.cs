using System.Collections.Frozen;

namespace Slipway.Tracking.Artifacts.Domain;

/// <summary>
/// The content type of an artifact by its name, as MLflow's server tells it: what its web page shows as text is text/plain, whatever it is by the book
/// (so that a browser never runs it), and what is unknown is a plain stream of bytes.
/// </summary>
internal static class MimeTypes
{
    public const string Binary = "application/octet-stream";

    private static readonly FrozenSet<string> Text = FrozenSet.ToFrozenSet(
    [
        "txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml", "json", "js", "py", "py3",
        "csv", "tsv", "md", "rst", "MLmodel", "MLproject", "mlproject",
    ]);

    private static readonly FrozenDictionary<string, string> ByExtension = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["avi"] = "video/x-msvideo", ["avif"] = "image/avif", ["bmp"] = "image/bmp", ["bz2"] = Binary, ["c"] = "text/plain", ["css"] = "text/css",
        ["doc"] = "application/msword", ["docx"] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["gif"] = "image/gif",
        ["gz"] = Binary, ["h5"] = "application/x-hdf5", ["htm"] = "text/html", ["html"] = "text/html", ["ico"] = "image/vnd.microsoft.icon", ["jpe"] = "image/jpeg", ["jpeg"] = "image/jpeg", ["jpg"] = "image/jpeg",
        ["m4a"] = "audio/mp4", ["mjs"] = "text/javascript", ["mov"] = "video/quicktime", ["mp3"] = "audio/mpeg", ["mp4"] = "video/mp4", ["mpeg"] = "video/mpeg",
        ["mpg"] = "video/mpeg", ["pdf"] = "application/pdf", ["png"] = "image/png", ["ppt"] = "application/vnd.ms-powerpoint",
        ["pptx"] = "application/vnd.openxmlformats-officedocument.presentationml.presentation", ["ps"] = "application/postscript", ["rtf"] = "application/rtf",
        ["sh"] = "application/x-sh", ["svg"] = "image/svg+xml", ["tar"] = "application/x-tar", ["tgz"] = "application/x-tar", ["tif"] = "image/tiff",
        ["tiff"] = "image/tiff", ["wasm"] = "application/wasm", ["wav"] = "audio/x-wav", ["webm"] = "video/webm", ["webp"] = "image/webp",
        ["xls"] = "application/vnd.ms-excel", ["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["zip"] = "application/zip",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static string Of(string name)
    {
        // A leading dot starts a hidden file's name, not its extension; MLmodel has none and is known as a whole.
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 ? name[(dot + 1)..] : name;
        return Text.Contains(extension) ? "text/plain" : dot > 0 ? ByExtension.GetValueOrDefault(extension, Binary) : Binary;
    }
}
