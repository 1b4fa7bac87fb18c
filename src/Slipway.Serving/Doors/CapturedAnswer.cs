using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Serving.Doors;

/// <summary>Holds a handler's answer back until it has been seen whole.</summary>
internal sealed class CapturedAnswer : IDisposable
{
    private readonly HttpContext _http;
    private readonly IHttpResponseBodyFeature _outside;
    private readonly MemoryStream _body = new();

    public CapturedAnswer(HttpContext http)
    {
        (_http, _outside) = (http, http.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_body));
    }

    public ReadOnlyMemory<byte> Body => _body.GetBuffer().AsMemory(0, (int)_body.Length);

    /// <summary>Puts what the handler wrote where it belongs; from now on answers go out as usual.</summary>
    public async Task EndAsync()
    {
        await _http.Response.BodyWriter.FlushAsync();
        Dispose();
    }

    public async Task SendAsync()
    {
        _http.Response.ContentLength = _body.Length;
        await _outside.Writer.WriteAsync(Body, _http.RequestAborted);
    }

    public void Dispose() => _http.Features.Set(_outside);
}
