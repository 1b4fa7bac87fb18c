using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slipway.Kernel.Problems;
using Slipway.Serving.Bodies;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Inference;

/// <summary>Reads an inference request: JSON, JSON with binary blocks behind it, or the bytes of one tensor.</summary>
internal static class InferBody
{
    public const string HeaderLength = "Inference-Header-Content-Length";

    public static async ValueTask<Result<InferenceRequest>> ReadAsync(HttpRequest request, ServiceRoute route, int maxBytes, CancellationToken cancellation) =>
        HeaderLengthOf(request.Headers[HeaderLength]).TryGet(out var header, out var problem)
            ? await RequestBody.ReadAsync(request, maxBytes, (Route: route, Header: header), static (body, state) => Parse(body, state.Header, state.Route), cancellation)
            : problem;

    /// <summary>The header's number; -1 when it was not sent.</summary>
    private static Result<int> HeaderLengthOf(StringValues header) =>
        header.Count == 0 ? -1
        : int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
        : Problem.Invalid($"{HeaderLength}: '{header}' is not a number of bytes");

    private static Result<InferenceRequest> Parse(ReadOnlySpan<byte> body, int header, ServiceRoute route)
    {
        if (header > body.Length)
        {
            return Problem.Invalid($"{HeaderLength}: is {header}, but the body has only {body.Length} bytes");
        }

        var started = Stopwatch.GetTimestamp();
        var parsed = header == 0 ? RawTensor.Read(body, route.Stable?.Model.Model.Inputs ?? []) : OipParser.Parse(body, route.Names, header);
        if (parsed.Succeeded)
        {
            parsed.Value.ParseTime = Stopwatch.GetElapsedTime(started);
        }

        return parsed;
    }
}
