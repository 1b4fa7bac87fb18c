namespace Slipway.Cli.Tests;

public sealed class ServerSettingsTests
{
    [Fact]
    public async Task NothingGiven_TakesTheDefaults()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("up"));

        var data = Path.Combine(cli.Directory, "slipway-data");
        var settings = cli.Host.Settings!;
        Assert.Equal((data, "127.0.0.1", 8080, null, true), (settings.DataDirectory, settings.Host, settings.Port, settings.GrpcPort, settings.PortIsDefault));
        Assert.Equal(("sqlite:" + Path.Combine(data, "slipway.db"), Path.Combine(data, "objects")), (settings.Database, settings.Objects));
    }

    [Fact]
    public async Task Environment_StandsInForFlagsThatAreNotGiven()
    {
        using var cli = new CliRun
        {
            Environment =
            {
                ["SLIPWAY_DATA"] = "/srv/a", ["SLIPWAY_PORT"] = "9000", ["SLIPWAY_GRPC_PORT"] = "9001", ["SLIPWAY_HOST"] = "0.0.0.0",
                ["SLIPWAY_DB"] = "postgres://u:p@h/db", ["SLIPWAY_OBJECTS"] = "s3://bucket/prefix?endpoint=http://h:9000",
            },
        };

        Assert.Equal(0, await cli.RunAsync("up", "--port", "9100"));

        Assert.Equal(new Hosting.ServerSettings("/srv/a", "0.0.0.0", 9100, 9001, "postgres://u:p@h/db", "s3://bucket/prefix?endpoint=http://h:9000"), cli.Host.Settings);
    }

    [Fact]
    public async Task RelativePaths_AreRelativeToTheCurrentFolder()
    {
        using var cli = new CliRun();

        Assert.Equal(0, await cli.RunAsync("up", "--data", "d", "--db", "sqlite:m.db", "--objects", "o"));

        Assert.Equal(
            (Path.Combine(cli.Directory, "d"), "sqlite:" + Path.Combine(cli.Directory, "m.db"), Path.Combine(cli.Directory, "o")),
            (cli.Host.Settings!.DataDirectory, cli.Host.Settings.Database, cli.Host.Settings.Objects));
    }

    [Fact]
    public async Task EveryFault_IsReportedAtOnceWithItsOrigin()
    {
        using var cli = new CliRun { Environment = { ["SLIPWAY_PORT"] = "http" } };

        Assert.Equal(2, await cli.RunAsync("up", "--grpc-port", "70000", "--host", "my host", "--db", "mysql://x", "--objects", "ftp://x"));

        Assert.Null(cli.Host.Settings);
        Assert.Equal(
            ["--db", "--grpc-port", "--host", "--objects", "SLIPWAY_PORT"],
            cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task DataThatIsAFile_IsRefused()
    {
        using var cli = new CliRun();
        cli.Write("taken", "");

        Assert.Equal(2, await cli.RunAsync("up", "--data", "taken"));

        Assert.Contains("is a file, not a folder", cli.Error);
    }

    [Fact]
    public async Task SamePortTwice_IsRefused()
    {
        using var cli = new CliRun();

        Assert.Equal(2, await cli.RunAsync("up", "--port", "9000", "--grpc-port", "9000"));
    }
}
