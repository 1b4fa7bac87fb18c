using System.Runtime.Versioning;
using System.Security.Cryptography;
using Slipway.Conformance;
using Slipway.Kernel.Problems;
using Slipway.Platform.Secrets;

namespace Slipway.Platform.Tests.Secrets;

[UnsupportedOSPlatform("windows")]
public sealed class SecretBoxTests
{
    [Fact]
    public void Sealed_OpensForItsPurposeOnly()
    {
        using var folder = new TempFolder();
        var box = SecretBox.Open(folder.FullPath, null).OrThrow();
        var text = box.Seal("hooks/a", "päss\0word");

        Assert.DoesNotContain("word", text, StringComparison.Ordinal);
        Assert.Equal("päss\0word", box.Unseal("hooks/a", text).OrThrow());
        Assert.NotEqual(text, box.Seal("hooks/a", "päss\0word"));
        Assert.Equal("", box.Unseal("x", box.Seal("x", "")).OrThrow());
        Assert.Equal(ProblemCode.Conflict, box.Unseal("hooks/b", text).Problem!.Code);
    }

    [Fact]
    public void Changed_IsNoticed()
    {
        using var folder = new TempFolder();
        var box = SecretBox.Open(folder.FullPath, null).OrThrow();
        var text = box.Seal("a", "secret");
        var bytes = Convert.FromBase64String(text.Split('.')[2]);
        bytes[14] ^= 1;
        foreach (var changed in new[] { "", "secret", "v1.x", "v2" + text[2..], text[..^8], $"{text[..12]}{Convert.ToBase64String(bytes)}", "v1.aaaaaaaa.!!!" })
        {
            Assert.Equal(ProblemCode.Conflict, box.Unseal("a", changed).Problem!.Code);
        }
    }

    [Fact]
    public void KeyFile_IsForThisUserAndStays()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.FullPath, "secret.key");
        var text = SecretBox.Open(folder.FullPath, null).OrThrow().Seal("a", "secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal("secret", SecretBox.Open(folder.FullPath, null).OrThrow().Unseal("a", text).OrThrow());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        File.WriteAllText(path, "half a ke");
        Assert.Contains("holds no key", SecretBox.Open(folder.FullPath, null).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KeyGiven_IsTheSameForAllReplicasAndMakesNoFile()
    {
        using var one = new TempFolder();
        using var two = new TempFolder();
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var text = SecretBox.Open(one.FullPath, key).OrThrow().Seal("a", "secret");

        Assert.Equal("secret", SecretBox.Open(two.FullPath, key + "\n").OrThrow().Unseal("a", text).OrThrow());
        Assert.Empty(Directory.GetFiles(one.FullPath));
        var other = SecretBox.Open(two.FullPath, null).OrThrow().Unseal("a", text).Problem!;
        Assert.Equal(ProblemCode.Unavailable, other.Code);
        Assert.Contains("SLIPWAY_SECRET_KEY", other.Message, StringComparison.Ordinal);
        Assert.Contains("32 bytes", SecretBox.Open(one.FullPath, "short").Problem!.Message, StringComparison.Ordinal);
    }
}
