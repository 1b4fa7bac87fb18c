using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Xunit;
using static Slipway.Conformance.TestResources;

namespace Slipway.Conformance;

public abstract partial class ResourceStoreConformance
{
    [Fact]
    public async Task Background_TheOwnerGoesAtOnce_DependentsFollowDownTheChain()
    {
        var owner = await MakeAsync("owner");
        var child = await MakeOwnedAsync("child", owner);
        await MakeOwnedAsync("grandchild", child);
        await MakeAsync("bystander");

        await DeleteAsync("owner");
        Assert.Equal(["bystander", "child", "grandchild"], await NamesAsync(new ListQuery()));

        await _resources.CollectAsync();
        Assert.Equal(["bystander"], await NamesAsync(new ListQuery()));
    }

    [Fact]
    public async Task Foreground_TheOwnerGoesLast()
    {
        var owner = await MakeAsync("owner");
        var child = await MakeOwnedAsync("child", owner);
        child.Metadata["finalizers"] = new JsonArray("test/hold");
        child = (await Store.UpdateAsync(Widget, child, Alice, None)).OrThrow();

        await Store.DeleteAsync(Widget, "default", "owner", new DeleteOptions("alice", DeletionPropagation.Foreground), None);
        await _resources.CollectAsync();
        Assert.True((await GetAsync("owner")).IsDeleting);

        child = await GetAsync("child");
        Assert.True(child.IsDeleting);
        child.Metadata["finalizers"] = new JsonArray();
        await Store.UpdateAsync(Widget, child, Alice, None);
        await _resources.CollectAsync();
        Assert.Empty(await NamesAsync(new ListQuery()));
    }

    [Fact]
    public async Task Orphan_DependentsStayAndForgetTheOwner()
    {
        var owner = await MakeAsync("owner");
        await MakeOwnedAsync("child", owner);

        await Store.DeleteAsync(Widget, "default", "owner", new DeleteOptions("alice", DeletionPropagation.Orphan), None);
        await _resources.CollectAsync();

        Assert.Null((await GetAsync("child")).Metadata["ownerReferences"]);
    }

    [Fact]
    public async Task OneOfTwoOwnersGoes_TheDependentStays()
    {
        var (first, second) = (await MakeAsync("first"), await MakeAsync("second"));
        var child = NewWidget("child");
        first.Own(child);
        second.Own(child);
        await Store.CreateAsync(Widget, child, Alice, None);

        await DeleteAsync("first");
        await _resources.CollectAsync();

        Assert.Equal(second.Uid, (string?)Assert.Single((await GetAsync("child")).Metadata["ownerReferences"]!.AsArray())!["uid"]);
    }

    [Fact]
    public async Task Namespace_TakesItsContentAlong_AndRefusesNewContentMeanwhile()
    {
        await Store.CreateAsync(CoreKinds.Namespace, Resource.Create(CoreKinds.Namespace, "", "team"), Alice, None);
        await Store.CreateAsync(Widget, NewWidget("a", ns: "team"), Alice, None);
        await Store.CreateAsync(CoreKinds.ConfigMap, Resource.Create(CoreKinds.ConfigMap, "team", "c"), Alice, None);

        var marked = (await Store.DeleteAsync(CoreKinds.Namespace, "", "team", new DeleteOptions("alice"), None)).OrThrow();
        Assert.Equal("Terminating", (string?)marked.Status["phase"]);
        Assert.Equal(ProblemCode.Forbidden, (await Store.CreateAsync(Widget, NewWidget("b", ns: "team"), Alice, None)).Problem!.Code);

        await _resources.CollectAsync();
        Assert.Equal(ProblemCode.NotFound, (await Store.GetAsync(CoreKinds.Namespace, "", "team", None)).Problem!.Code);
        Assert.Empty(await NamesAsync(new ListQuery("team")));
    }

    [Fact]
    public async Task Namespace_Default_MayNotGo()
    {
        var refused = await Store.DeleteAsync(CoreKinds.Namespace, "", "default", new DeleteOptions("alice"), None);

        Assert.Equal(ProblemCode.Forbidden, refused.Problem!.Code);
    }

    [Fact]
    public async Task Secret_StringData_BecomesData_AndBadBase64IsRefused()
    {
        var secret = Resource.Create(CoreKinds.Secret, "default", "s");
        secret.Json["stringData"] = new JsonObject { ["password"] = "hunter2" };
        var made = (await Store.CreateAsync(CoreKinds.Secret, secret, Alice, None)).OrThrow();
        Assert.Equal("aHVudGVyMg==", (string?)made.Json["data"]!["password"]);
        Assert.Null(made.Json["stringData"]);

        var bad = Resource.Create(CoreKinds.Secret, "default", "t");
        bad.Json["data"] = new JsonObject { ["password"] = "hunter2!" };
        Assert.Equal("data.password", Assert.Single((await Store.CreateAsync(CoreKinds.Secret, bad, Alice, None)).Problem!.Faults).Path);
    }

    private async Task<Resource> MakeOwnedAsync(string name, Resource owner)
    {
        var child = NewWidget(name);
        owner.Own(child);
        return (await Store.CreateAsync(Widget, child, Alice, None)).OrThrow();
    }
}
