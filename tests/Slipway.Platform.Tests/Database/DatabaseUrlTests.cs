using Npgsql;
using Slipway.Platform.Database;

namespace Slipway.Platform.Tests.Database;

public class DatabaseUrlTests
{
    [Theory]
    [InlineData("sqlite:/var/x.db", "/var/x.db")]
    [InlineData("sqlite:///var/x.db", "/var/x.db")]
    public void Sqlite_IsAFullPath(string url, string path) =>
        Assert.Equal(path, Assert.IsType<DatabaseUrl.Sqlite>(DatabaseUrl.Parse(url).OrThrow()).Path);

    [Fact]
    public void Postgres_IsTakenApart_AndPrintedWithoutItsPassword()
    {
        var url = Assert.IsType<DatabaseUrl.PostgreSql>(DatabaseUrl.Parse("postgres://anna:p%40ss%2Fword@db.example:6543/my%20db?sslmode=require").OrThrow());
        var settings = new NpgsqlConnectionStringBuilder(url.ConnectionString);
        Assert.Equal(("db.example", 6543, "anna", "p@ss/word", "my db"), (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database));
        Assert.Equal(SslMode.Require, settings.SslMode);
        Assert.DoesNotContain("p@ss", url.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("p%40ss", $"{url}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mysql://me:secret@host/db")]
    [InlineData("postgres://me:secret@host")]
    [InlineData("postgres://me:secret@host/db?nonsense=1")]
    [InlineData("postgres://me:secret@ho st/db")]
    [InlineData("sqlite:")]
    [InlineData("sqlite::memory:")]
    [InlineData("")]
    public void Wrong_IsRefused_WithoutThePassword(string url)
    {
        var problem = DatabaseUrl.Parse(url).Problem;
        Assert.NotNull(problem);
        Assert.DoesNotContain("secret", problem.Message, StringComparison.Ordinal);
    }
}
