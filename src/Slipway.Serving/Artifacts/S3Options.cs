using Microsoft.Extensions.Configuration;

namespace Slipway.Serving.Artifacts;

/// <summary>
/// Where <c>s3://</c> models are read from: settings under <c>Serving:S3:</c>, else the variables that AWS's own tools read. Without keys requests are not
/// signed, as for public buckets.
/// </summary>
/// <param name="Endpoint">Of a compatible store, such as http://minio:9000 (its buckets are then paths); null for AWS.</param>
internal sealed record S3Options(Uri? Endpoint, string Region, string AccessKey, string SecretKey, string SessionToken)
{
    public static S3Options Read(IConfiguration configuration)
    {
        var endpoint = Text("Endpoint", "AWS_ENDPOINT_URL");
        return new S3Options(
            Uri.TryCreate(endpoint, UriKind.Absolute, out var address) ? address : null, Text("Region", "AWS_REGION") is { Length: > 0 } region ? region : "us-east-1",
            Text("AccessKey", "AWS_ACCESS_KEY_ID"), Text("SecretKey", "AWS_SECRET_ACCESS_KEY"), Text("SessionToken", "AWS_SESSION_TOKEN"));

        string Text(string setting, string variable) => configuration[$"Serving:S3:{setting}"] ?? Environment.GetEnvironmentVariable(variable) ?? "";
    }

    public override string ToString() => $"S3 at {Endpoint?.ToString() ?? Region}";
}
