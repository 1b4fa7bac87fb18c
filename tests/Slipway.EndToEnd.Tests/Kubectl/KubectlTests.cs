using System.Text.Json.Nodes;

namespace Slipway.EndToEnd.Tests.Kubectl;

/// <summary>Each verb of the real kubectl, as a person would use it.</summary>
public sealed class KubectlTests(KubectlFixture kubectl) : IClassFixture<KubectlFixture>
{
    private const string Wide = """
        apiVersion: test.slipway.dev/v1
        kind: Widget
        metadata:
          name: a
          labels: {app: shop}
        spec:
          size: 3
          parts:
          - {name: wheel, weight: 5}
        """;

    [Fact]
    public async Task Apply_CreatesThenConfiguresThenLeavesAlone()
    {
        var ns = await kubectl.NamespaceAsync();

        Assert.Equal("widget.test.slipway.dev/a created\n", await ApplyAsync(ns, Wide));
        Assert.Equal("widget.test.slipway.dev/a unchanged\n", await ApplyAsync(ns, Wide));
        Assert.Equal("widget.test.slipway.dev/a configured\n", await ApplyAsync(ns, Wide.Replace("size: 3", "size: 4", StringComparison.Ordinal)));
        Assert.Equal("4", await GetAsync(ns, "a", "{.spec.size}"));
    }

    [Fact]
    public async Task Apply_OfCoreKinds_Works()
    {
        var ns = await kubectl.NamespaceAsync();
        const string Both = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: c}
            data: {a: "1", b: "2"}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: s}
            stringData: {password: hunter2}
            """;

        Assert.Equal("configmap/c created\nsecret/s created\n", await ApplyAsync(ns, Both));
        Assert.Equal("configmap/c configured\nsecret/s configured\n", (await ApplyAsync(ns, Both.Replace(", b: \"2\"", "", StringComparison.Ordinal))).Replace("secret/s unchanged", "secret/s configured", StringComparison.Ordinal));
        Assert.Equal("""{"a":"1"}""", (await kubectl.RunAsync("-n", ns, "get", "cm", "c", "-o", "jsonpath={.data}")).Text);
        Assert.Equal("aHVudGVyMg==", (await kubectl.RunAsync("-n", ns, "get", "secret", "s", "-o", "jsonpath={.data.password}")).Text);
    }

    [Fact]
    public async Task ApplyServerSide_ConflictsWithAnotherManager_UntilForced()
    {
        var ns = await kubectl.NamespaceAsync();
        Assert.Equal("widget.test.slipway.dev/a serverside-applied\n", (await ServerSideAsync(ns, Wide, "--field-manager=alice")).Text);

        var refused = await ServerSideAsync(ns, Wide.Replace("size: 3", "size: 4", StringComparison.Ordinal), "--field-manager=bob");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("conflict with \"alice\": .spec.size", refused.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await ServerSideAsync(ns, Wide.Replace("size: 3", "size: 4", StringComparison.Ordinal), "--field-manager=bob", "--force-conflicts")).ExitCode);
        Assert.Equal("4", await GetAsync(ns, "a", "{.spec.size}"));
    }

    [Fact]
    public async Task ApplyServerSide_AfterClientSide_TakesOverItsFields()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);

        Assert.Equal(0, (await ServerSideAsync(ns, Wide.Replace("size: 3", "size: 5", StringComparison.Ordinal))).ExitCode);
        Assert.Equal("5", await GetAsync(ns, "a", "{.spec.size}"));
    }

    [Fact]
    public async Task Apply_OfAnUnknownFieldOrAWrongType_IsRefusedByPath()
    {
        var ns = await kubectl.NamespaceAsync();

        var unknown = await kubectl.RunWithInputAsync(Wide.Replace("size:", "sise:", StringComparison.Ordinal), "-n", ns, "apply", "-f", "-");
        Assert.Contains("unknown field \"spec.sise\"", unknown.Error, StringComparison.Ordinal);

        var wrong = await kubectl.RunWithInputAsync(Wide.Replace("size: 3", "size: big", StringComparison.Ordinal), "-n", ns, "apply", "-f", "-");
        Assert.Contains("spec.size", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("must be of type integer", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_ShowsWhatApplyWouldChange()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);

        var same = await kubectl.RunWithInputAsync(Wide, "-n", ns, "diff", "-f", "-");
        var other = await kubectl.RunWithInputAsync(Wide.Replace("size: 3", "size: 7", StringComparison.Ordinal), "-n", ns, "diff", "-f", "-");

        Assert.Equal((0, ""), (same.ExitCode, same.Output));
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("-  size: 3", other.Output, StringComparison.Ordinal);
        Assert.Contains("+  size: 7", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_PrintsEachForm()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);

        Assert.Matches(@"^NAME +SIZE +READY +AGE\na +3 +\d+s\n$", (await kubectl.RunAsync("-n", ns, "get", "wd")).Text);
        Assert.Matches(@"^NAME +SIZE +READY +COLOR +AGE\na +3 +red +\d+s\n$", (await kubectl.RunAsync("-n", ns, "get", "widgets", "-o", "wide")).Text);
        Assert.Contains("  size: 3\n", (await kubectl.RunAsync("-n", ns, "get", "widget", "a", "-o", "yaml")).Text, StringComparison.Ordinal);
        Assert.Equal("Widget", (string?)JsonNode.Parse((await kubectl.RunAsync("-n", ns, "get", "widget/a", "-o", "json")).Text)!["kind"]);
        Assert.Equal("widget.test.slipway.dev/a\n", (await kubectl.RunAsync("-n", ns, "get", "all", "-l", "app=shop", "-o", "name")).Text);
        Assert.Contains($"{ns} ", (await kubectl.RunAsync("get", "widgets", "-A")).Text, StringComparison.Ordinal);
        Assert.Contains("\"b\" not found", (await kubectl.RunAsync("-n", ns, "get", "widget", "b")).Error, StringComparison.Ordinal);
        Assert.Contains("doesn't have a resource type", (await kubectl.RunAsync("get", "gadgets")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetWatch_PrintsEachChange()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);
        using var watch = kubectl.Start("-n", ns, "get", "widget", "-w", "--no-headers");
        Assert.Matches("^a +3 ", await watch.StandardOutput.ReadLineAsync());

        await ApplyAsync(ns, Wide.Replace("size: 3", "size: 8", StringComparison.Ordinal));
        Assert.Matches("^a +8 ", await watch.StandardOutput.ReadLineAsync());

        await kubectl.RunAsync("-n", ns, "delete", "widget", "a");
        Assert.Matches("^a +8 ", await watch.StandardOutput.ReadLineAsync());
        watch.Kill();
    }

    [Fact]
    public async Task Describe_ShowsTheObjectAndItsEvents()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);
        var uid = await GetAsync(ns, "a", "{.metadata.uid}");
        var made = await kubectl.RunWithInputAsync(
            $$"""
            apiVersion: v1
            kind: Event
            metadata: {name: a.1}
            involvedObject: {apiVersion: test.slipway.dev/v1, kind: Widget, name: a, namespace: {{ns}}, uid: {{uid}}}
            reason: Built
            message: the widget was built
            type: Normal
            firstTimestamp: "2024-05-03T10:00:00Z"
            lastTimestamp: "2024-05-03T10:00:00Z"
            count: 1
            """,
            "-n", ns, "create", "-f", "-");
        Assert.Equal(0, made.ExitCode);

        var text = (await kubectl.RunAsync("-n", ns, "describe", "widget", "a")).Text;

        Assert.Matches(@"Name: +a\n", text);
        Assert.Matches(@"Size: +3\n", text);
        Assert.Contains("the widget was built", text, StringComparison.Ordinal);
        Assert.Contains("Active", (await kubectl.RunAsync("describe", "namespace", ns)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patch_Label_Annotate_Replace_Change()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);

        Assert.Equal("widget.test.slipway.dev/a patched\n", (await kubectl.RunAsync("-n", ns, "patch", "widget", "a", "--type=merge", "-p", """{"spec":{"size":5}}""")).Text);
        Assert.Equal("widget.test.slipway.dev/a patched\n", (await kubectl.RunAsync("-n", ns, "patch", "widget", "a", "--type=json", "-p", """[{"op":"replace","path":"/spec/color","value":"blue"}]""")).Text);
        Assert.Equal("widget.test.slipway.dev/a patched\n", (await kubectl.RunAsync("-n", ns, "patch", "widget", "a", "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Ready"}}""")).Text);
        Assert.Equal("widget.test.slipway.dev/a labeled\n", (await kubectl.RunAsync("-n", ns, "label", "widget", "a", "tier=front")).Text);
        Assert.Equal("widget.test.slipway.dev/a annotated\n", (await kubectl.RunAsync("-n", ns, "annotate", "widget", "a", "note=hello")).Text);
        Assert.Equal("5 blue Ready front hello", await GetAsync(ns, "a", "{.spec.size} {.spec.color} {.status.phase} {.metadata.labels.tier} {.metadata.annotations.note}"));

        var json = JsonNode.Parse((await kubectl.RunAsync("-n", ns, "get", "widget", "a", "-o", "json")).Text)!;
        json["spec"]!["size"] = 6;
        Assert.Equal("widget.test.slipway.dev/a replaced\n", (await kubectl.RunWithInputAsync(json.ToJsonString(), "-n", ns, "replace", "-f", "-")).Text);
        var stale = await kubectl.RunWithInputAsync(json.ToJsonString().Replace("\"size\":6", "\"size\":9", StringComparison.Ordinal), "-n", ns, "replace", "-f", "-");
        Assert.Contains("the object has been modified", stale.Error, StringComparison.Ordinal);
        Assert.Equal("6", await GetAsync(ns, "a", "{.spec.size}"));
    }

    [Fact]
    public async Task Edit_WithAnEditorThatChangesTheText_Replaces()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);
        // kubectl hands the line to a shell, with the file's name behind it.
        const string Editor = "sed -i 's/size: 3/size: 9/'";

        var edited = await Commands.RunAsync("/usr/bin/env", [$"KUBE_EDITOR={Editor}", .. kubectl.CommandLine("-n", ns, "edit", "widget", "a")], kubectl.Environment());

        Assert.Equal("widget.test.slipway.dev/a edited\n", edited.Text);
        Assert.Equal("9", await GetAsync(ns, "a", "{.spec.size}"));
    }

    [Fact]
    public async Task Wait_ForACondition_AndForDeletion_Ends()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);
        var ready = kubectl.RunAsync("-n", ns, "wait", "widget/a", "--for=condition=Ready", "--timeout=20s");
        await kubectl.RunAsync("-n", ns, "patch", "widget", "a", "--subresource=status", "--type=merge", "-p", """{"status":{"conditions":[{"type":"Ready","status":"True"}]}}""");
        Assert.Equal("widget.test.slipway.dev/a condition met\n", (await ready).Text);

        var gone = kubectl.RunAsync("-n", ns, "wait", "widget/a", "--for=delete", "--timeout=20s");
        Assert.Contains("\"a\" deleted", (await kubectl.RunAsync("-n", ns, "delete", "widget", "a")).Text, StringComparison.Ordinal);
        // Begun before the deletion it is met; begun after it, kubectl says that there is nothing to wait for: both are an end.
        Assert.Equal(0, (await gone).ExitCode);
    }

    [Fact]
    public async Task Delete_BySelector_AndOfANamespace_TakesEverything()
    {
        var ns = await kubectl.NamespaceAsync();
        await ApplyAsync(ns, Wide);
        await ApplyAsync(ns, Wide.Replace("name: a", "name: b", StringComparison.Ordinal).Replace("shop", "other", StringComparison.Ordinal));

        Assert.Equal("widget.test.slipway.dev \"a\" deleted", (await kubectl.RunAsync("-n", ns, "delete", "widgets", "-l", "app=shop")).Text.Split('\n')[0].Split(" from")[0]);
        Assert.Contains($"namespace \"{ns}\" deleted", (await kubectl.RunAsync("delete", "namespace", ns, "--timeout=30s")).Text, StringComparison.Ordinal);
        Assert.Contains("not found", (await kubectl.RunAsync("get", "namespace", ns)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRunServer_ChangesNothing()
    {
        var ns = await kubectl.NamespaceAsync();

        Assert.Equal("widget.test.slipway.dev/a created (server dry run)\n", (await kubectl.RunWithInputAsync(Wide, "-n", ns, "apply", "--dry-run=server", "-f", "-")).Text);
        Assert.Contains("No resources found", (await kubectl.RunAsync("-n", ns, "get", "widgets")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ReadsOurSchemas()
    {
        Assert.SkipWhen(kubectl.Minor < 27, $"kubectl 1.{kubectl.Minor} explains from OpenAPI v2 alone");

        var field = (await kubectl.RunAsync("explain", "widget.spec.parts")).Text;
        Assert.Contains("What it is made of", field, StringComparison.Ordinal);
        Assert.Matches(@"name\t<string> -required-\n +Unique", field);
        Assert.Contains("conditions\t<[]Object>", (await kubectl.RunAsync("explain", "widget", "--recursive")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApiResources_Versions_CanI_Version_Answer()
    {
        Assert.Matches(@"widgets +wd +test\.slipway\.dev/v1 +true +Widget", (await kubectl.RunAsync("api-resources")).Text);
        Assert.Contains("test.slipway.dev/v1\n", (await kubectl.RunAsync("api-versions")).Text, StringComparison.Ordinal);
        Assert.Equal("yes\n", (await kubectl.RunAsync("auth", "can-i", "create", "widgets")).Text);
        Assert.Contains("*.*", (await kubectl.RunAsync("auth", "can-i", "--list")).Text, StringComparison.Ordinal);
        Assert.Contains("Server Version: v1.32", (await kubectl.RunAsync("version")).Text, StringComparison.Ordinal);
    }

    private Task<Outcome> ServerSideAsync(string ns, string yaml, params string[] more) =>
        kubectl.RunWithInputAsync(yaml, ["-n", ns, "apply", "--server-side", "-f", "-", .. more]);

    private async Task<string> ApplyAsync(string ns, string yaml) => (await kubectl.RunWithInputAsync(yaml, "-n", ns, "apply", "-f", "-")).Text;

    private async Task<string> GetAsync(string ns, string name, string path) => (await kubectl.RunAsync("-n", ns, "get", "widget", name, "-o", $"jsonpath={path}")).Text;
}
