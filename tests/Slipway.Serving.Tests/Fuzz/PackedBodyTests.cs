using System.IO.Compression;
using System.Net;

namespace Slipway.Serving.Tests.Fuzz;

/// <summary>By itself, since it counts what the whole process allocates.</summary>
[Collection("memory")]
public sealed class PackedBodyTests
{
    [Fact]
    public async Task APackedBodyThatMeansTooMuch_IsRefused_BeforeItIsUnpackedWhole()
    {
        await using var host = await RouteFuzzTests.ServedAsync(("Serving:MaxRequestBytes", "1000000"));
        using var packed = new MemoryStream();
        await using (var packing = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 200; i++)
            {
                await packing.WriteAsync(zeros);
            }
        }

        foreach (var route in RouteFuzzTests.Routes.Where(r => r.EndsWith("infer", StringComparison.Ordinal)))
        {
            var before = GC.GetTotalAllocatedBytes();
            using var content = new ByteArrayContent(packed.ToArray());
            content.Headers.Add("Content-Encoding", "gzip");

            using var response = await host.Http.PostAsync(route, content);

            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.True(GC.GetTotalAllocatedBytes() - before < 50_000_000, "200 MB were unpacked");
        }
    }
}
