using System.Text.RegularExpressions;
using Slipway.Conformance;
using Slipway.EndToEnd.Tests.CommandLine;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests;

/// <summary>The commands in what is written about serving work as they stand, one after the other, and what is typed wrong is told with the cure.</summary>
public sealed partial class ServingDocsTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private SlipwayProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])["slipway", "samples"])
        {
            File.CreateSymbolicLink(_folder.File(name), Path.Combine(Checkout.Root, name));
        }

        _server = await SlipwayProcess.StartAsync(_folder.FullPath);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("serving.md", "{\"predictions\":[244]}", "rooms deleted")]
    [InlineData("serving-python.md", "\"label\":\"leaves\"", "(kernel, probability)")]
    public async Task EveryCommand_Works(string document, params string[] said)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", document), TestContext.Current.CancellationToken);
        var lines = Blocks().Matches(text).SelectMany(m => m.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.NotEmpty(lines);

        var printed = "";
        foreach (var line in lines)
        {
            var outcome = await ShellAsync(line);
            Assert.True(outcome.ExitCode == 0 && !outcome.Output.StartsWith("{\"error\"", StringComparison.Ordinal), $"{line}\n{outcome.Output}\n{outcome.Error}\n{_server.Log}");
            printed += outcome.Output;
        }

        Assert.All(said, words => Assert.Contains(words, printed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AServiceThatCannotBeLoaded_SaysWhyAndIsServedAtOnceWhenItIsCorrected()
    {
        var wrong = await ShellAsync("./slipway deploy file://$PWD/samples/serving/python --name own --wait");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("own cannot serve", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("python as onnx: Model file", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("`slipway delete inferenceservice own` ends that", wrong.Error, StringComparison.Ordinal);

        var waited = await ShellAsync("./slipway wait inferenceservice own --for condition=Ready --timeout 200ms");
        Assert.Contains("not Ready=True within 0.2 s (it is False: Model file", waited.Error, StringComparison.Ordinal);

        // Far less than the 15 s after which the server looks again by itself.
        var right = await ShellAsync("./slipway deploy file://$PWD/samples/serving/python --name own --format python --wait --timeout 10");
        Assert.True(right.ExitCode == 0, right.Error);
        Assert.StartsWith("inferenceservice/own ready: version 1 100%\n", right.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_folder.File("own.yaml"), """
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata: {name: own}
            spec:
              predictor:
                model: {modelFormat: {name: sklearn}, storageUri: "models:/own/1"}
            """, TestContext.Current.CancellationToken);
        Assert.Contains("--force-conflicts takes these fields over", (await ShellAsync("./slipway apply -f own.yaml")).Error, StringComparison.Ordinal);
    }

    private Task<Outcome> ShellAsync(string line) => Commands.RunAsync(
        "bash", ["-c", $"cd '{_folder.FullPath}' && {line.Replace("http://127.0.0.1:8080", _server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal)}"],
        new Dictionary<string, string> { ["SLIPWAY_SERVER"] = _server.Address.ToString(), ["NO_PROXY"] = "*", ["no_proxy"] = "*" });

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
