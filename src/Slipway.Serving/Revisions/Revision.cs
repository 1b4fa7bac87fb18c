using System.Globalization;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Revisions;

/// <summary>One model version as one service serves it: never changed. The same version and bytes are the same revision, whatever role they have.</summary>
/// <param name="Number">Counts from 1 per service.</param>
/// <param name="Model">Registered model; empty for a file.</param>
/// <param name="ModelVersion">Registered version; the revision's own number for a file.</param>
/// <param name="Digest">SHA-256 of the ONNX file, or of the manifest of a folder.</param>
/// <param name="Format">What it is opened as, one of <see cref="ModelFormats.All"/>.</param>
/// <param name="Settings">Of its workers, as <see cref="WorkerSpec.ToText"/> writes them; empty without workers.</param>
internal sealed record Revision(
    string Namespace, string Service, int Number, string Model, int ModelVersion, string Digest, string Format = ModelFormats.Onnx, string Settings = "")
{
    /// <summary>The model version as protocols write it.</summary>
    public string VersionText => ModelVersion.ToString(CultureInfo.InvariantCulture);

    public string Name => NameOf(Service, Number);

    public static string NameOf(string service, int number) => string.Create(CultureInfo.InvariantCulture, $"{service}-{number:D5}");

    /// <summary>The number in a revision's name, or null when the name is not one of the service's.</summary>
    public static int? NumberOf(string service, string? name) =>
        name is not null && name.StartsWith(service + "-", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(service.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
