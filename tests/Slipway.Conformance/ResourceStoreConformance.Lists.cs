using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Selection;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Kinds;
using Xunit;
using static Slipway.Conformance.TestResources;

namespace Slipway.Conformance;

public abstract partial class ResourceStoreConformance
{
    [Fact]
    public async Task List_InPages_IsOfOneMoment()
    {
        for (var i = 0; i < 10; i++)
        {
            await MakeAsync($"w{i}");
        }

        var first = (await Store.ListAsync(Widget, new ListQuery("default", Limit: 4), None)).OrThrow();
        await DeleteAsync("w5");
        await MakeAsync("w55");
        var changed = await GetAsync("w7");
        changed.Spec["size"] = 77;
        await Store.UpdateAsync(Widget, changed, Alice, None);
        var second = (await Store.ListAsync(Widget, new ListQuery(null, Limit: 4, Continue: first.Continue), None)).OrThrow();
        var third = (await Store.ListAsync(Widget, new ListQuery(null, Limit: 4, Continue: second.Continue), None)).OrThrow();

        Assert.Equal(6, first.Remaining);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"w{i}"), [.. first.Items.Select(i => i.Name), .. second.Items.Select(i => i.Name), .. third.Items.Select(i => i.Name)]);
        Assert.Equal(1, (int?)second.Items.Single(i => i.Name == "w7").Spec["size"]);
        Assert.Null(third.Continue);
        Assert.Equal(first.ResourceVersion, third.ResourceVersion);
    }

    [Fact]
    public async Task List_WithATokenOfAForgottenMoment_IsExpired()
    {
        await MakeAsync("a");
        await MakeAsync("b");
        var first = (await Store.ListAsync(Widget, new ListQuery("default", Limit: 1), None)).OrThrow();
        await DeleteAsync("b");
        _time.Advance(TimeSpan.FromHours(1));
        await _resources.CompactAsync(_time.GetUtcNow());

        Assert.Equal(ProblemCode.Expired, (await Store.ListAsync(Widget, new ListQuery("default", Limit: 1, Continue: first.Continue), None)).Problem!.Code);
        Assert.Single((await Store.ListAsync(Widget, new ListQuery("default"), None)).OrThrow().Items);
    }

    [Fact]
    public async Task List_BySelectors_FindsExactlyTheMatching()
    {
        for (var i = 0; i < 30; i++)
        {
            var widget = NewWidget($"w{i:00}", new JsonObject { ["size"] = i + 1 });
            widget.Metadata["labels"] = new JsonObject { ["third"] = (i % 3).ToString(System.Globalization.CultureInfo.InvariantCulture) };
            await Store.CreateAsync(Widget, widget, Alice, None);
        }

        var labels = LabelSelector.Parse("third=1").OrThrow();
        var found = new List<string>();
        string? token = null;
        do
        {
            var page = (await Store.ListAsync(Widget, new ListQuery("default", labels, Limit: 3, Continue: token), None)).OrThrow();
            found.AddRange(page.Items.Select(i => i.Name));
            token = page.Continue;
        }
        while (token is not null);

        Assert.Equal(Enumerable.Range(0, 30).Where(i => i % 3 == 1).Select(i => $"w{i:00}"), found);
        Assert.Equal(["w04"], await NamesAsync(new ListQuery("default", FieldSelector: "metadata.name=w04")));
        Assert.Equal(["w06"], await NamesAsync(new ListQuery(null, FieldSelector: "spec.size=7")));
        Assert.Empty(await NamesAsync(new ListQuery("default", FieldSelector: "metadata.name=../x\0")));
        Assert.Equal(ProblemCode.Invalid, (await Store.ListAsync(Widget, new ListQuery(FieldSelector: "what"), None)).Problem!.Code);
        Assert.Equal(ProblemCode.Invalid, (await Store.ListAsync(Widget, new ListQuery(Continue: "?!"), None)).Problem!.Code);
    }

    [Fact]
    public async Task List_OfOneNamespace_LeavesOutTheOthers()
    {
        await Store.CreateAsync(CoreKinds.Namespace, Resource.Create(CoreKinds.Namespace, "", "team"), Alice, None);
        await MakeAsync("a");
        await Store.CreateAsync(Widget, NewWidget("b", ns: "team"), Alice, None);

        Assert.Equal(["b"], await NamesAsync(new ListQuery("team")));
        Assert.Equal(["a", "b"], await NamesAsync(new ListQuery()));
    }

    private async Task<IEnumerable<string>> NamesAsync(ListQuery query) => (await Store.ListAsync(Widget, query, None)).OrThrow().Items.Select(i => i.Name);

    private async Task DeleteAsync(string name) => (await Store.DeleteAsync(Widget, "default", name, new DeleteOptions("alice"), None)).OrThrow();
}
