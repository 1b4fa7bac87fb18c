using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Selection;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Printing;
using Slipway.Platform.Resources.Selection;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary>One watcher: picks its changes out of the feed and writes them.</summary>
internal sealed class WatchStream
{
    /// <summary>How often a watcher that asked for bookmarks hears how far the log has come.</summary>
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(60);

    private readonly ApiCall _call;
    private readonly ListQuery _query;
    private readonly LabelSelector _labels;
    private readonly FieldSelector _fields;
    private readonly AnswerForm _form;
    private readonly RowObject _rowObject;

    // Which objects are in the selection, to tell entering and leaving it from changing within. Not kept without a selector.
    private readonly HashSet<(string Namespace, string Name)> _selected = [];

    private WatchStream(ApiCall call, ListQuery query, FieldSelector fields)
    {
        (_call, _query, _labels, _fields) = (call, query, query.Labels ?? LabelSelector.Everything, fields);
        _form = Negotiation.FormOf(call.Http.Request);
        _rowObject = ObjectAnswer.RowObjectOf(call);
    }

    public bool Selective => _labels.Requirements.Count > 0 || !_fields.IsEverything;

    public static Result<WatchStream> Create(ApiCall call, ListQuery query) =>
        FieldSelector.Parse(query.FieldSelector).Select(fields => new WatchStream(call, query, fields));

    /// <summary>The selected objects at <paramref name="version"/>, or now.</summary>
    public async Task<Result<RowPage>> ReadStartAsync(long? version, CancellationToken cancellation)
    {
        var read = await _call.Services.Store.PageAsync(_call.Kind, _query, version, cancellation);
        if (Selective && read.TryGet(out var page, out _))
        {
            foreach (var row in page.Rows)
            {
                _selected.Add((row.Namespace, row.Name));
            }
        }

        return read;
    }

    public async Task SendInitialAsync(RowPage page, CancellationToken cancellation)
    {
        foreach (var row in page.Rows)
        {
            Write(_form == AnswerForm.Json
                ? WatchLine.Of(WatchType.Added, ResourceBody.Text(row.Body, row.Version))
                : WatchLine.Of(WatchType.Added, Shape(ResourceBody.Read(row.Body, row.Version)).ToJsonString(ObjectAnswer.Plain)));
        }

        if (_call.Flag("sendInitialEvents") && _call.Flag("allowWatchBookmarks"))
        {
            WriteBookmark(page.At, initialEnd: true);
        }

        await FlushAsync(cancellation);
    }

    public async Task RunAsync(long after, CancellationToken cancellation)
    {
        var last = after;
        await foreach (var change in _call.Services.Feed.FollowAsync(after, BookmarkInterval, _call.Services.Time, cancellation))
        {
            if (change is null)
            {
                if (_call.Flag("allowWatchBookmarks"))
                {
                    WriteBookmark(last, initialEnd: false);
                    await FlushAsync(cancellation);
                }

                continue;
            }

            last = change.Sequence;
            if (Select(change) is { } type)
            {
                Write(Line(change, type));
                await FlushAsync(cancellation);
            }
        }
    }

    /// <summary>What the change is to this watcher; null when it is none of its business.</summary>
    private WatchType? Select(ResourceChange change)
    {
        if (change.KindPrefix != _call.Kind.SubjectPrefix
            || (_query.Namespace is not null && _call.Kind.Namespaced && change.Namespace != _query.Namespace)
            || (_fields.ExactName is { } only && only != change.Name))
        {
            return null;
        }

        if (!Selective)
        {
            return change.Type;
        }

        var key = (change.Namespace, change.Name);
        var matches = change.Type != WatchType.Deleted && _labels.Matches(new Resource(change.Object).Labels) && _fields.Matches(change.Object);
        if (!matches)
        {
            return _selected.Remove(key) ? WatchType.Deleted : null;
        }

        return _selected.Add(key) ? WatchType.Added : WatchType.Modified;
    }

    private byte[] Line(ResourceChange change, WatchType type) => _form switch
    {
        AnswerForm.Table when _rowObject == RowObject.Metadata => change.TableLine(type, Shape),
        AnswerForm.Json => change.Line(type),
        _ => WatchLine.Of(type, Shape(change.Object).ToJsonString(ObjectAnswer.Plain)),
    };

    private JsonObject Shape(JsonObject obj) => _form switch
    {
        AnswerForm.Table => ObjectAnswer.Table(_call, obj),
        AnswerForm.PartialMetadata => TableRenderer.PartialMetadata(obj),
        _ => obj,
    };

    private void WriteBookmark(long version, bool initialEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (initialEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var mark = new JsonObject { ["kind"] = _call.Kind.Kind, ["apiVersion"] = _call.Kind.ApiVersion, ["metadata"] = metadata };
        if (_form == AnswerForm.Table)
        {
            mark = new JsonObject
            {
                ["kind"] = "Table", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata.DeepClone(), ["columnDefinitions"] = new JsonArray(),
                ["rows"] = new JsonArray(new JsonObject { ["cells"] = new JsonArray(), ["object"] = TableRenderer.PartialMetadata(mark) }),
            };
        }

        Write(WatchLine.Of("BOOKMARK", mark.ToJsonString(ObjectAnswer.Plain)));
    }

    private void Write(byte[] line) => _call.Http.Response.BodyWriter.Write(line);

    private async Task FlushAsync(CancellationToken cancellation) => await _call.Http.Response.BodyWriter.FlushAsync(cancellation);
}
