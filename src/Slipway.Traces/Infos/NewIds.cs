using System.Security.Cryptography;

namespace Slipway.Traces.Infos;

/// <summary>Ids that the server gives out, in MLflow's form.</summary>
internal static class NewIds
{
    public static string Trace() => "tr-" + Hex();

    public static string Assessment() => "a-" + Hex();

    public static string Uuid() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString();

    public static string Hex() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
