using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Tests.Artifacts.Domain;

public class ArtifactPathTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a/b.txt", "a/b.txt")]
    [InlineData("a//b", "a/b")]
    [InlineData("./a/./b/", "a/b")]
    [InlineData("", "")]
    [InlineData(".", "")]
    [InlineData("a%20b", "a b")]
    [InlineData("a%2520b", "a b")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("..a/b..", "..a/b..")]
    [InlineData("a%0ab", "a%0ab")]
    [InlineData("a%00", "a%00")]
    [InlineData("dog%step%100%timestamp%100", "dog%step%100%timestamp%100")]
    [InlineData("größe 🏠/模型", "größe 🏠/模型")]
    [InlineData("C:x", "C:x")]
    [InlineData("a%zz", "a%zz")]
    public void Paths_AreReadAsMlflowReadsThem(string text, string path) => Assert.Equal(path, ArtifactPath.Parse(text).Value.Value);

    [Theory]
    [InlineData("/a")]
    [InlineData("//a")]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("a/../b")]
    [InlineData("%2E%2E%2F%2E%2E%2Fpath")]
    [InlineData("%252E%252E%252Fpath")]
    [InlineData("a/%2e%2e/b")]
    [InlineData("/etc/passwd%00.jpg")]
    [InlineData("/file://etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("a#b")]
    [InlineData("a%23b")]
    [InlineData("a\\b")]
    [InlineData("..\\b")]
    [InlineData("C:/windows")]
    public void PathsThatLeadElsewhere_AreInvalid(string text)
    {
        var problem = ArtifactPath.Parse(text).Problem;
        Assert.Equal("Invalid path", problem?.Message);
    }

    // Not among the cases above: a test's name cannot hold it.
    [Fact]
    public void HalfASurrogatePair_IsInvalid() => Assert.Equal("Invalid path", ArtifactPath.Parse("a\ud800b").Problem?.Message);

    [Fact]
    public void LongNames_AreInvalidAndSayTheLimit()
    {
        Assert.True(ArtifactPath.Parse(new string('ä', 127)).Succeeded);
        Assert.Contains("255", ArtifactPath.Parse(new string('ä', 128)).Problem!.Message, StringComparison.Ordinal);
        Assert.Contains("2048", ArtifactPath.Parse(string.Join('/', Enumerable.Repeat("abcdefgh", 300))).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhateverIsAccepted_IsANormalPathThatMeansItself()
    {
        var random = new Random(7);
        const string Alphabet = "ab./\\%25eEfF:#\0\n ä🏠~";
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (ArtifactPath.Parse(text) is { Succeeded: true, Value: var path } && !path.IsRoot)
            {
                Assert.All(path.Value.Split('/'), part => Assert.False(part is "" or "." or ".." || part.Any(char.IsControl), $"{text} -> {path}"));
                Assert.Equal(path.Value, ArtifactPath.Parse(path.Value).Value.Value);
                Assert.Equal(path.Value, ArtifactPath.Parse(path.ToAddress()).Value.Value);
            }
        }
    }

    [Theory]
    [InlineData("mlflow-artifacts:/1/a/artifacts", ArtifactRoot.Tree, "", "1/a/artifacts")]
    [InlineData("mlflow-artifacts://host:5000/1/a", ArtifactRoot.Tree, "", "1/a")]
    [InlineData("mlflow-artifacts:", ArtifactRoot.Tree, "", "")]
    [InlineData("http://host:5000/api/2.0/mlflow-artifacts/artifacts/1/a", ArtifactRoot.Tree, "", "1/a")]
    [InlineData("runs:/abc/model/MLmodel", ArtifactRoot.Run, "abc", "model/MLmodel")]
    [InlineData("runs:/abc", ArtifactRoot.Run, "abc", "")]
    [InlineData("models:/m-1/MLmodel", ArtifactRoot.LoggedModel, "m-1", "MLmodel")]
    internal void Uris_AreTakenApart(string uri, ArtifactRoot root, string id, string path)
    {
        var at = ArtifactUri.Parse(uri).Value;
        Assert.Equal((root, id, path), (at.Root, at.Id, at.Path.Value));
    }

    [Theory]
    [InlineData("s3://bucket/x")]
    [InlineData("file:///etc")]
    [InlineData("/tmp/x")]
    [InlineData("models:/name/3")]
    [InlineData("runs:/")]
    [InlineData("mlflow-artifacts:/a/../b")]
    [InlineData("https://elsewhere/x")]
    public void UrisOfOtherStores_AreInvalid(string uri) => Assert.False(ArtifactUri.Parse(uri).Succeeded);

    [Theory]
    [InlineData("", 10, "All 0 10")]
    [InlineData("bytes=0-", 10, "Part 0 10")]
    [InlineData("bytes=2-4", 10, "Part 2 3")]
    [InlineData("bytes=2-400", 10, "Part 2 8")]
    [InlineData("bytes=-3", 10, "Part 7 3")]
    [InlineData("bytes=-30", 10, "Part 0 10")]
    [InlineData("bytes=10-", 10, "Beyond 0 10")]
    [InlineData("bytes=-0", 10, "Beyond 0 10")]
    [InlineData("bytes=0-", 0, "Beyond 0 0")]
    [InlineData("bytes=4-2", 10, "All 0 10")]
    [InlineData("bytes=1-2,4-5", 10, "All 0 10")]
    [InlineData("bytes=x-", 10, "All 0 10")]
    [InlineData("bytes=99999999999999999999-", 10, "All 0 10")]
    [InlineData("lines=1-2", 10, "All 0 10")]
    public void Ranges_AreReadAsHttpSays(string header, long size, string expected)
    {
        var range = ByteRange.Read(header, size);
        Assert.Equal(expected, $"{range.Ask} {range.Offset} {range.Length}");
    }

    [Theory]
    [InlineData("a.txt", "text/plain")]
    [InlineData("b.pkl", "application/octet-stream")]
    [InlineData("c.png", "image/png")]
    [InlineData("d.pdf", "application/pdf")]
    [InlineData("MLmodel", "text/plain")]
    [InlineData("mlproject", "text/plain")]
    [InlineData("x.HTML", "text/html")]
    [InlineData("x.json", "text/plain")]
    [InlineData("noextension", "application/octet-stream")]
    public void ContentTypes_AreMlflows(string name, string type) => Assert.Equal(type, MimeTypes.Of(name));
}
