using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Tracking.Archives.Folders;

/// <summary>A <c>meta.yaml</c> of MLflow's file store: one flat map, in places with a map of texts inside.</summary>
internal sealed class MetaFile
{
    public const string Name = "meta.yaml";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, YamlNode> _members = new(StringComparer.Ordinal);

    private MetaFile()
    {
    }

    /// <summary>Null when there is none, or what is there is not a map.</summary>
    public static MetaFile? Read(string folder)
    {
        var path = Path.Join(folder, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var stream = new YamlStream();
            using var reader = new StreamReader(path, Encoding.UTF8);
            stream.Load(reader);
            if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is not YamlMappingNode map)
            {
                return null;
            }

            var file = new MetaFile();
            foreach (var (key, value) in map.Children)
            {
                file._members[((YamlScalarNode)key).Value ?? ""] = value;
            }

            return file;
        }
        catch (YamlException)
        {
            return null;
        }
    }

    public bool Has(string member) => Text(member) is not null;

    public string? Text(string member) => _members.GetValueOrDefault(member) is YamlScalarNode scalar ? Of(scalar) : null;

    public string? TextOrNull(string member) => Text(member) is { Length: > 0 } text ? text : null;

    public long? Number(string member) => long.TryParse(Text(member), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public IReadOnlyDictionary<string, string> Map(string member) =>
        _members.GetValueOrDefault(member) is YamlMappingNode map
            ? map.Children.ToDictionary(p => (p.Key as YamlScalarNode)?.Value ?? "", p => (p.Value as YamlScalarNode)?.Value ?? "", StringComparer.Ordinal)
            : new Dictionary<string, string>();

    /// <summary>Writes members in the order given; texts are quoted, since a name may look like a number.</summary>
    public static void Write(string folder, params IReadOnlyList<(string Member, object? Value)> members)
    {
        Directory.CreateDirectory(folder);
        var text = new StringBuilder();
        foreach (var (member, value) in members)
        {
            text.Append(member).Append(": ").Append(value switch
            {
                null => "null",
                string s => Quoted(s),
                IReadOnlyDictionary<string, string> map => "{" + string.Join(", ", map.Select(p => $"{Quoted(p.Key)}: {Quoted(p.Value)}")) + "}",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            }).Append('\n');
        }

        File.WriteAllText(Path.Join(folder, Name), text.ToString());
    }

    private static string? Of(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "null" or "~" ? null : scalar.Value;

    // JSON's strings are strings of YAML, too.
    private static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);
}
