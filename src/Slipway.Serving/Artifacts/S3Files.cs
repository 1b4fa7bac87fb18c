using System.Net;
using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;
using Slipway.Kernel.Problems;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Artifacts;

/// <param name="Tag">Changes with the content.</param>
internal sealed record S3Object(string Key, long Bytes, string Tag);

/// <summary>Reads and writes objects of AWS S3 and of stores that speak its protocol.</summary>
internal sealed class S3Files(OutboundHttp http, S3Options options, TimeProvider time)
{
    private const int MostListed = 4 << 20;

    /// <summary>The object of that key, else all below <c>key/</c>; NotFound when there is neither.</summary>
    public async Task<Result<IReadOnlyList<S3Object>>> ListAsync(string bucket, string key, CancellationToken cancellation)
    {
        var found = new List<S3Object>();
        var more = "";
        do
        {
            var query = $"{(more.Length > 0 ? $"continuation-token={S3Signature.Encode(more)}&" : "")}list-type=2&prefix={S3Signature.Encode(key)}";
            if (!(await PageAsync(bucket, key, query, found, cancellation)).TryGet(out more, out var problem))
            {
                return problem;
            }
        }
        while (more.Length > 0 && found.Count <= ModelManifest.MostFiles);

        // Below the key, not beside it: "model" must not find "model-2/...".
        var folder = key.Length == 0 || key.EndsWith('/') ? key : key + "/";
        var model = found.Where(o => o.Key == key).Take(1).ToArray();
        model = model.Length > 0 ? model : [.. found.Where(o => o.Key.StartsWith(folder, StringComparison.Ordinal) && !o.Key.EndsWith('/'))];
        return model.Length == 0 ? Problem.NotFound($"s3://{bucket}/{key}")
            : model.Length > ModelManifest.MostFiles ? Problem.Invalid($"s3://{bucket}/{key} holds more than {ModelManifest.MostFiles} objects")
            : model;
    }

    /// <summary>All objects whose keys begin with the prefix and come behind <paramref name="after"/>, in order of their keys; TooLarge beyond <paramref name="most"/>.</summary>
    public async Task<Result<IReadOnlyList<S3Object>>> ListBelowAsync(string bucket, string prefix, string after, int most, CancellationToken cancellation)
    {
        var found = new List<S3Object>();
        while (true)
        {
            // The last key instead of the token of the next page: it says the same, and a listing that is broken off can go on.
            var start = found.Count > 0 ? found[^1].Key : after;
            var query = $"list-type=2&prefix={S3Signature.Encode(prefix)}{(start.Length > 0 ? $"&start-after={S3Signature.Encode(start)}" : "")}";
            if (!(await PageAsync(bucket, prefix, query, found, cancellation)).TryGet(out var more, out var problem))
            {
                return problem;
            }

            if (more.Length == 0)
            {
                return found;
            }

            if (found.Count > most)
            {
                return new Problem(ProblemCode.TooLarge, $"s3://{bucket}/{prefix} holds more than {most} objects");
            }
        }
    }

    /// <summary>Writes an object, whole or not at all. The file is read twice: once for the signature.</summary>
    public async Task<Result<Unit>> PutAsync(string bucket, string key, string file, CancellationToken cancellation)
    {
        await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        var sum = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
        content.Position = 0;
        using var body = new StreamContent(content);
        body.Headers.ContentLength = content.Length;
        using var response = await SendAsync(HttpMethod.Put, bucket, EncodedKey(key), "", body, sum, cancellation);
        return response.IsSuccessStatusCode ? Result.Ok
            : response.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized
                ? Problem.Invalid($"s3://{bucket}/{key} may not be written with the keys of Serving:S3 ({(int)response.StatusCode})")
                : Refused(bucket, key, response);
    }

    /// <summary>The object, for reading its content; dispose it.</summary>
    public async Task<Result<HttpResponseMessage>> OpenAsync(string bucket, string key, CancellationToken cancellation)
    {
        var response = await SendAsync(HttpMethod.Get, bucket, EncodedKey(key), "", null, S3Signature.EmptyBody, cancellation);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            return Refused(bucket, key, response);
        }
    }

    private static Problem Refused(string bucket, string key, HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.NotFound => Problem.NotFound($"s3://{bucket}/{key}"),
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => Problem.Invalid($"s3://{bucket}/{key} may not be read with the keys of Serving:S3 ({(int)response.StatusCode})"),
        _ => Problem.Unavailable($"s3://{bucket}/{key} was answered with {(int)response.StatusCode}"),
    };

    private static string EncodedKey(string key) => string.Join('/', key.Split('/').Select(S3Signature.Encode));

    /// <summary>Adds a page of a listing; gives the token of the next one, empty when it was the last.</summary>
    private async Task<Result<string>> PageAsync(string bucket, string prefix, string query, List<S3Object> to, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, bucket, "", query, null, S3Signature.EmptyBody, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            return Refused(bucket, prefix, response);
        }

        var body = await OutboundHttp.ReadAsync(response, MostListed, cancellation);
        return body.Select(bytes => Read(bytes, to));
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string bucket, string key, string query, HttpContent? content, string sum, CancellationToken cancellation)
    {
        var server = options.Endpoint is { } endpoint ? endpoint.GetLeftPart(UriPartial.Authority) : $"https://{bucket}.s3.{options.Region}.amazonaws.com";
        var path = options.Endpoint is null ? $"/{key}" : $"/{S3Signature.Encode(bucket)}{(key.Length > 0 ? "/" + key : "")}";
        using var request = new HttpRequestMessage(method, new Uri(query.Length > 0 ? $"{server}{path}?{query}" : server + path)) { Content = content };
        if (options.AccessKey.Length > 0)
        {
            var now = time.GetUtcNow();
            var headers = new List<(string Name, string Value)>
            {
                ("host", request.RequestUri!.IsDefaultPort ? request.RequestUri.Host : request.RequestUri.Authority), ("x-amz-content-sha256", sum),
                ("x-amz-date", S3Signature.Time(now)),
            };
            if (options.SessionToken.Length > 0)
            {
                headers.Add(("x-amz-security-token", options.SessionToken));
            }

            foreach (var (name, value) in headers.Skip(1))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            request.Headers.TryAddWithoutValidation("Authorization", S3Signature.Authorization(options, method.Method, path, query, headers, now, sum));
        }

        return await http.SendAsync(request, cancellation);
    }

    /// <summary>Takes in one page and answers the token of the next; empty when it was the last.</summary>
    private static string Read(byte[] body, List<S3Object> to)
    {
        using var reader = XmlReader.Create(new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        var root = XDocument.Load(reader).Root!;
        var ns = root.Name.Namespace;
        foreach (var item in root.Elements(ns + "Contents"))
        {
            to.Add(new S3Object((string?)item.Element(ns + "Key") ?? "", (long?)item.Element(ns + "Size") ?? 0, (string?)item.Element(ns + "ETag") ?? ""));
        }

        return (string?)root.Element(ns + "IsTruncated") == "true" ? (string?)root.Element(ns + "NextContinuationToken") ?? "" : "";
    }
}
