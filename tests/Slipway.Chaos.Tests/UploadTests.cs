using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>A dataset version is there whole or not at all, whenever the server dies.</summary>
public sealed class UploadTests
{
    private const int Rows = 60_000;
    private const string Versions = "api/slipway/v1/namespaces/default/datasets/big/versions";

    private static readonly byte[] Csv = Encoding.ASCII.GetBytes("id,value\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => $"{i},{i * 7 % 1000}\n")));

    [Fact]
    public async Task Server_killed_during_an_upload_No_half_version_is_ever_visible()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var random = new Random(7);
        using var folder = new TempFolder();
        await using var here = new LoopOnServer(folder.FullPath);
        here.Start();
        await here.ReadyAsync(cancellation);

        // First in the middle of the body, where nothing can be complete; then while the server works on a body it has whole.
        await KillDuringUploadAsync(here, Csv.Length / 2, TimeSpan.FromMilliseconds(100), cancellation);
        Assert.Empty(await ListAsync(here, cancellation));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder.FullPath, "*", SearchOption.AllDirectories), f => f.Contains(".incoming", StringComparison.Ordinal));
        for (var kill = 0; kill < 5; kill++)
        {
            await KillDuringUploadAsync(here, Csv.Length, TimeSpan.FromMilliseconds(random.Next(250)), cancellation);
            Assert.All(await ListAsync(here, cancellation), v => Assert.Equal((1, Rows, Csv.Length), ((int)v["version"]!, (int)v["rows"]!, (int)v["bytes"]!)));
        }

        Assert.True(await UploadAsync(here.Client, Csv.Length, cancellation) is HttpStatusCode.Created or HttpStatusCode.OK);
        Assert.Equal(Rows, (int)Assert.Single(await ListAsync(here, cancellation))["rows"]!);
        var last = await here.GetAsync($"{Versions}/1/rows?offset={Rows - 1}&limit=1", cancellation);
        Assert.Contains($"{Rows - 1}", last.ToJsonString());
    }

    [Fact]
    public async Task Second_server_on_the_same_folder_Is_refused_by_name_and_the_first_goes_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var first = new LoopOnServer(folder.FullPath);
        first.Start();
        await first.ReadyAsync(cancellation);

        await using var second = SlipwayProgram.Up(folder.FullPath, SlipwayProgram.FreePort());
        var code = await second.ExitAsync(cancellation);

        Assert.NotEqual(0, code);
        Assert.Contains($"the data folder {folder.FullPath} is in use by another server (process {first.ProcessId})", second.Errors);
        Assert.DoesNotContain("   at ", second.Errors);
        using var answer = await first.Client.GetAsync(new Uri("readyz", UriKind.Relative), cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task KillDuringUploadAsync(LoopOnServer here, int bytes, TimeSpan after, CancellationToken cancellation)
    {
        using var hungUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var upload = UploadAsync(here.Client, bytes, hungUp.Token);
        await Task.Delay(after, TimeProvider.System, cancellation);
        await here.KillAsync();
        await hungUp.CancelAsync();
        await upload;
        here.Start();
        await here.ReadyAsync(cancellation);
    }

    /// <summary>Sends the first <paramref name="bytes"/> of the file and, when that is not all, no more. Null when the server went away.</summary>
    private static async Task<HttpStatusCode?> UploadAsync(HttpClient client, int bytes, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Versions) { Content = new PartOf(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        try
        {
            using var answer = await client.SendAsync(request, cancellation);
            return answer.StatusCode;
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<List<JsonObject>> ListAsync(LoopOnServer here, CancellationToken cancellation)
    {
        using var answer = await here.Client.GetAsync(new Uri(Versions, UriKind.Relative), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return [];
        }

        var list = (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;
        return [.. list["items"]!.AsArray().Select(i => i!.AsObject())];
    }

    private sealed class PartOf(int bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(Csv.AsMemory(0, bytes), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            if (bytes < Csv.Length)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Csv.Length;
            return true;
        }
    }
}
