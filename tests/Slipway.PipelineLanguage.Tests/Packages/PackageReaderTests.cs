using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Packages;

namespace Slipway.PipelineLanguage.Tests.Packages;

public sealed class PackageReaderTests
{
    private static readonly byte[] Pipeline = Encoding.UTF8.GetBytes(Sample.Text("everything.yaml"));

    [Fact]
    public void PlainText_IsRead() => Assert.Equal("everything", Name(Pipeline));

    [Fact]
    public void Json_IsYaml() => Assert.Equal("j", Name("""{"pipelineInfo": {"name": "j"}, "root": {"dag": {}}}"""u8.ToArray()));

    [Fact]
    public void ByteOrderMark_IsSkipped() => Assert.Equal("everything", Name([0xEF, 0xBB, 0xBF, .. Pipeline]));

    [Theory]
    [InlineData("pipeline.yaml")]
    [InlineData("any-name.yml")]
    [InlineData("folder/any-name.yaml")]
    public void Archives_HoldOneYaml(string name)
    {
        Assert.Equal("everything", Name(Zip((name, Pipeline), ("README.md", [1, 2]))));
        Assert.Equal("everything", Name(Tar((name, Pipeline), ("README.md", [1, 2]))));
    }

    [Fact]
    public void PipelineYaml_IsChosenAmongSeveral()
    {
        Assert.Equal("everything", Name(Zip(("a.yaml", "a: 1"u8.ToArray()), ("pipeline.yaml", Pipeline), ("._pipeline.yaml", [0]))));
        Assert.Equal("everything", Name(Tar(("./a.yaml", "a: 1"u8.ToArray()), ("./pipeline.yaml", Pipeline))));
    }

    [Fact]
    public void Faults_NameTheFileInThePackage() =>
        Assert.Contains("p.zip/pipeline.yaml:2: pipelineInfo.name", Refused(Zip(("pipeline.yaml", "root: {dag: {}}\npipelineInfo: {}"u8.ToArray()))).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatHoldsNoOnePipeline_IsRefused()
    {
        Assert.Contains("holds no pipeline.yaml", Refused(Zip(("a.txt", [1]))).Message, StringComparison.Ordinal);
        Assert.Contains("holds no pipeline.yaml", Refused(Tar(("a.txt", [1]))).Message, StringComparison.Ordinal);
        Assert.Contains("holds 2 YAML files", Refused(Zip(("a.yaml", Pipeline), ("b.yaml", Pipeline))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil.yaml")]
    [InlineData("a/../../evil.yaml")]
    [InlineData("/etc/evil.yaml")]
    [InlineData("..\\evil.yaml")]
    public void NamesThatPointOutside_AreRefused(string name)
    {
        Assert.Contains("points outside", Refused(Zip(("pipeline.yaml", Pipeline), (name, [1]))).Message, StringComparison.Ordinal);
        Assert.Contains("points outside", Refused(Tar(("pipeline.yaml", Pipeline), (name, [1]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatUnpacksToTooMuch_IsRefused()
    {
        var zeros = new byte[130 * 1024 * 1024];

        Assert.Equal(ProblemCode.TooLarge, Refused(Zip(("pipeline.yaml", zeros))).Code);
        Assert.Equal(ProblemCode.TooLarge, Refused(Tar(("big.bin", zeros), ("pipeline.yaml", Pipeline))).Code);
        Assert.Equal(ProblemCode.TooLarge, Refused(Zip([.. Enumerable.Range(0, 1001).Select(i => ($"f{i}.txt", Array.Empty<byte>()))])).Code);
    }

    [Fact]
    public void TextThatIsTooLong_IsRefused() => Assert.Equal(ProblemCode.TooLarge, Refused(new byte[100 * 1024 * 1024]).Code);

    [Fact]
    public void BrokenArchives_AreRefused()
    {
        var zip = Zip(("pipeline.yaml", Pipeline));
        var tar = Tar(("pipeline.yaml", Pipeline));
        for (var cut = 3; cut < 400; cut += 7)
        {
            Assert.Equal(ProblemCode.Invalid, Refused(zip[..cut]).Code);
            Assert.Equal(ProblemCode.Invalid, Refused(tar[..cut]).Code);
        }
    }

    [Fact]
    public void FlippedBytes_NeverThrow()
    {
        var random = new Random(1);
        var (zip, tar) = (Zip(("pipeline.yaml", Pipeline)), Tar(("pipeline.yaml", Pipeline)));
        for (var i = 0; i < 300; i++)
        {
            foreach (var package in (byte[][])[[.. zip], [.. tar]])
            {
                package[random.Next(package.Length)] = (byte)random.Next(256);
                PackageReader.Read(package, "p");
            }
        }
    }

    private static string Name(byte[] package) => PackageReader.Read(package, "p.zip").OrThrow().Spec.Info.Name;

    private static Problem Refused(byte[] package) => Assert.IsType<Problem>(PackageReader.Read(package, "p.zip").Problem);

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var writer = new TarWriter(zipped))
        {
            foreach (var (name, content) in files)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
            }
        }

        return bytes.ToArray();
    }
}
