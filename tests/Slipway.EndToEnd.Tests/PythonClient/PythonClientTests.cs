using Slipway.Conformance;
using Slipway.EndToEnd.Tests.Kubectl;

namespace Slipway.EndToEnd.Tests.PythonClient;

/// <summary>The official Python client (Debian's python3-kubernetes): what the SDKs of Kubeflow are built on.</summary>
public sealed class PythonClientTests
{
    private const string Script = """
        import sys
        from kubernetes import client, watch
        from kubernetes.client.rest import ApiException
        configuration = client.Configuration(host=sys.argv[1])
        api = client.ApiClient(configuration)
        objects = client.CustomObjectsApi(api)
        core = client.CoreV1Api(api)
        where = dict(group="test.slipway.dev", version="v1", namespace="default", plural="widgets")
        body = {"apiVersion": "test.slipway.dev/v1", "kind": "Widget", "metadata": {"name": "p"}, "spec": {"size": 1}}
        made = objects.create_namespaced_custom_object(body=body, **where)
        assert made["spec"]["color"] == "red", made
        try:
            objects.create_namespaced_custom_object(body=body, **where)
            raise AssertionError("created twice")
        except ApiException as e:
            assert e.status == 409, e
        made["spec"]["size"] = 2
        replaced = objects.replace_namespaced_custom_object(name="p", body=made, **where)
        assert replaced["metadata"]["generation"] == 2, replaced
        try:
            objects.replace_namespaced_custom_object(name="p", body=made, **where)
            raise AssertionError("replaced a stale version")
        except ApiException as e:
            assert e.status == 409, e
        patched = objects.patch_namespaced_custom_object(name="p", body={"spec": {"note": "hi"}}, **where)
        assert patched["spec"] == {"size": 2, "color": "red", "note": "hi"}, patched
        objects.patch_namespaced_custom_object_status(name="p", body={"status": {"phase": "Ready"}}, **where)
        assert objects.get_namespaced_custom_object_status(name="p", **where)["status"]["phase"] == "Ready"
        listed = objects.list_namespaced_custom_object(**where)
        assert [i["metadata"]["name"] for i in listed["items"]] == ["p"]
        objects.delete_namespaced_custom_object(name="p", **where)
        seen = []
        for event in watch.Watch().stream(objects.list_namespaced_custom_object, resource_version=made["metadata"]["resourceVersion"], timeout_seconds=20, **where):
            seen.append((event["type"], event["object"]["spec"]["size"]))
            if event["type"] == "DELETED":
                break
        assert [s[0] for s in seen] == ["MODIFIED", "MODIFIED", "MODIFIED", "DELETED"], seen
        try:
            objects.get_namespaced_custom_object(name="p", **where)
            raise AssertionError("still there")
        except ApiException as e:
            assert e.status == 404, e
        core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="python")))
        core.create_namespaced_config_map("python", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c"), data={"a": "b"}))
        assert core.list_namespaced_config_map("python").items[0].data == {"a": "b"}
        assert core.list_namespace(limit=1).metadata._continue
        print("all well")
        """;

    [Fact]
    public async Task CustomObjects_Watch_AndCore_Work()
    {
        var none = new Dictionary<string, string> { ["no_proxy"] = "*", ["NO_PROXY"] = "*" };
        if ((await Commands.RunAsync("/usr/bin/python3", ["-c", "import kubernetes"], none)).ExitCode != 0)
        {
            var installed = await Commands.RunAsync("apt-get", ["install", "-y", "--no-install-recommends", "python3-kubernetes"], none);
            Assert.True(installed.ExitCode == 0, installed.Error);
        }

        await using var server = await TestResourceServer.StartAsync();

        var outcome = await Commands.RunAsync("/usr/bin/python3", ["-c", Script, server.Address.ToString().TrimEnd('/')], none);

        Assert.Equal("all well\n", outcome.Text);
    }
}
