using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;

namespace Slipway.Pipelines.Catalog;

/// <summary>What an upload says in its query string: the form holds the file alone.</summary>
internal sealed record UploadQuery(string Name, string DisplayName, string Description, string CodeSourceUrl, IReadOnlyDictionary<string, string> Tags)
{
    public const int MaxName = 128;
    public const int MaxDescription = 64 * 1024;

    public static Result<UploadQuery> Read(IQueryCollection query, string fileName)
    {
        var faults = new List<Fault>();
        var (name, displayName) = (query["name"].ToString(), query["display_name"].ToString());
        var chosen = name.Length > 0 ? name : displayName.Length > 0 ? displayName : fileName;
        if (string.IsNullOrWhiteSpace(chosen))
        {
            faults.Add(new Fault("name", "is required when the file has no name"));
        }

        Check("name", chosen, MaxName, faults);
        Check("display_name", displayName, MaxName, faults);
        Check("description", query["description"].ToString(), MaxDescription, faults);
        Check("code_source_url", query["code_source_url"].ToString(), 2048, faults);
        var tags = ReadTags(query["tags"].ToString(), faults);
        return faults.Count > 0
            ? Problem.Invalid(faults)
            : new UploadQuery(chosen, displayName.Length > 0 ? displayName : chosen, query["description"].ToString(), query["code_source_url"].ToString(), tags);
    }

    private static void Check(string name, string value, int max, List<Fault> faults)
    {
        if (value.Length > max || value.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add(new Fault(name, $"may have at most {max} characters, and no NUL"));
        }
    }

    private static IReadOnlyDictionary<string, string> ReadTags(string text, List<Fault> faults)
    {
        if (text.Length == 0)
        {
            return new Dictionary<string, string>();
        }

        try
        {
            if (JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false }) is JsonObject given)
            {
                return KfpBody.ReadTags(given, "tags", faults);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Said below: whatever is wrong with it, it is not the object that it must be.
        }

        faults.Add(new Fault("tags", "must be a JSON object of strings"));
        return new Dictionary<string, string>();
    }
}
