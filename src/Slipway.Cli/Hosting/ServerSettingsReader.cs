using System.Globalization;
using System.Net;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Hosting;

/// <summary>What was given on the command line; null where nothing was.</summary>
public sealed record ServerFlags(string? Data, string? Host, string? Port, string? GrpcPort, string? Database, string? Objects);

/// <summary>Puts flags, environment and defaults together, in this order, and reports every fault at once.</summary>
public static class ServerSettingsReader
{
    public const string DefaultData = "slipway-data";
    public const int DefaultPort = 8080;

    /// <param name="flags">From the command line.</param>
    /// <param name="environment">Looks up SLIPWAY_DATA, SLIPWAY_PORT, SLIPWAY_GRPC_PORT, SLIPWAY_HOST, SLIPWAY_DB and SLIPWAY_OBJECTS.</param>
    /// <param name="currentDirectory">What relative paths are relative to.</param>
    public static Result<ServerSettings> Read(ServerFlags flags, Func<string, string?> environment, string currentDirectory)
    {
        var faults = new List<Fault>();
        var given = new Given(environment, faults);

        var data = given.Text(flags.Data, "--data", "SLIPWAY_DATA");
        var host = given.Text(flags.Host, "--host", "SLIPWAY_HOST");
        var port = given.Port(flags.Port, "--port", "SLIPWAY_PORT");
        var grpcPort = given.Port(flags.GrpcPort, "--grpc-port", "SLIPWAY_GRPC_PORT");
        var database = given.Text(flags.Database, "--db", "SLIPWAY_DB");
        var objects = given.Text(flags.Objects, "--objects", "SLIPWAY_OBJECTS");

        var directory = Path.GetFullPath(data.Value ?? DefaultData, currentDirectory);
        if (File.Exists(directory))
        {
            faults.Add(new Fault(data.Source, $"{directory} is a file, not a folder"));
        }

        if (host.Value is { } address && address != "localhost" && !IPAddress.TryParse(address, out _))
        {
            faults.Add(new Fault(host.Source, $"\"{address}\" is not an address to listen on; use 127.0.0.1, 0.0.0.0 or another IP address of this machine"));
        }

        if (port.Value is { } p and not 0 && port.Value == grpcPort.Value)
        {
            faults.Add(new Fault(grpcPort.Source, $"{p} is already the HTTP port; choose another"));
        }

        var settings = new ServerSettings(
            directory,
            host.Value ?? "127.0.0.1",
            port.Value ?? DefaultPort,
            grpcPort.Value,
            Database(database, directory, currentDirectory, faults),
            Objects(objects, directory, currentDirectory, faults))
        {
            PortIsDefault = port.Value is null,
        };
        return faults.Count == 0 ? settings : Problem.Invalid(faults);
    }

    private static string Database((string? Value, string Source) given, string data, string current, List<Fault> faults)
    {
        if (given.Value is not { } url)
        {
            return "sqlite:" + Path.Combine(data, "slipway.db");
        }

        if (url.StartsWith("sqlite:", StringComparison.Ordinal) && url.Length > 7)
        {
            var path = url[7..];
            // sqlite:///absolute and sqlite:relative are both in use.
            return "sqlite:" + Path.GetFullPath(path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path, current);
        }

        if ((url.StartsWith("postgres://", StringComparison.Ordinal) || url.StartsWith("postgresql://", StringComparison.Ordinal)) && Uri.TryCreate(url, UriKind.Absolute, out _))
        {
            return url;
        }

        faults.Add(new Fault(given.Source, $"\"{url}\" is not a database; use sqlite:PATH or postgres://user:password@host:5432/name"));
        return url;
    }

    private static string Objects((string? Value, string Source) given, string data, string current, List<Fault> faults)
    {
        if (given.Value is not { } url)
        {
            return Path.Combine(data, "objects");
        }

        if (url.StartsWith("s3://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var s3) || s3.Host.Length == 0)
            {
                faults.Add(new Fault(given.Source, $"\"{url}\" names no bucket; use s3://bucket/prefix?endpoint=http://host:9000"));
            }

            return url;
        }

        if (url.Contains("://", StringComparison.Ordinal) && !url.StartsWith("file://", StringComparison.Ordinal))
        {
            faults.Add(new Fault(given.Source, $"\"{url}\" is not an object store; use a folder or s3://bucket/prefix?endpoint=..."));
            return url;
        }

        return Path.GetFullPath(url.StartsWith("file://", StringComparison.Ordinal) ? url[7..] : url, current);
    }

    private readonly struct Given(Func<string, string?> environment, List<Fault> faults)
    {
        public (string? Value, string Source) Text(string? flag, string option, string variable)
        {
            var (value, source) = flag is not null ? (flag, option) : environment(variable) is { Length: > 0 } set ? (set, variable) : (null, option);
            if (value is { Length: 0 } || (value is not null && value.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0))
            {
                faults.Add(new Fault(source, "is empty or has control characters in it"));
                return (null, source);
            }

            return (value, source);
        }

        public (int? Value, string Source) Port(string? flag, string option, string variable)
        {
            var (text, source) = Text(flag, option, variable);
            if (text is null)
            {
                return (null, source);
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65535)
            {
                return (port, source);
            }

            faults.Add(new Fault(source, $"\"{text}\" is not a port; use 1 to 65535, or 0 for any free one"));
            return (null, source);
        }
    }
}
