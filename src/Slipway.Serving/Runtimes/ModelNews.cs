using System.Threading.Channels;

namespace Slipway.Serving.Runtimes;

/// <summary>Services whose models' copies came, went or failed: their status is to be written anew.</summary>
internal sealed class ModelNews
{
    private readonly Channel<(string Namespace, string Service)> _news = Channel.CreateBounded<(string, string)>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public ChannelReader<(string Namespace, string Service)> Reader => _news.Reader;

    /// <summary>Never waits.</summary>
    public void Tell(string ns, string service)
    {
        if (service.Length > 0)
        {
            _news.Writer.TryWrite((ns, service));
        }
    }
}
