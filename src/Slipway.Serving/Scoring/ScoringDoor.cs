using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Bodies;
using Slipway.Serving.Inference;
using Slipway.Serving.Models;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Scoring;

/// <summary>
/// <c>GET|POST /api/slipway/v1/namespaces/{ns}/scoring?model=models:/NAME@ALIAS</c>: scoring in bulk for clients that hold the data. GET pins the version,
/// POST scores a batch: the Open Inference Protocol's tensors, usually as binary blocks, answered with predictions and probabilities. Off the serving path: nothing
/// is logged, no service is needed, and only so many batches run at a time.
/// </summary>
internal sealed class ScoringDoor(ScoringModels models, ServingOptions options) : IDisposable
{
    /// <summary>Half the cores: predictions need the others.</summary>
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    public async Task<IResult> DescribeAsync(HttpContext http)
    {
        if (!(await OpenAsync(http)).TryGet(out var opened, out var problem))
        {
            return problem.ToAnswer();
        }

        opened.Model.Release();
        return Results.Json(opened.Description, ScoringJson.Default.ScoringModel);
    }

    public async Task<IResult> ScoreAsync(HttpContext http)
    {
        if (!(await OpenAsync(http)).TryGet(out var opened, out var problem))
        {
            return problem.ToAnswer();
        }

        try
        {
            var header = http.Request.Headers[InferBody.HeaderLength].ToString();
            var length = -1;
            if (header.Length > 0 && !int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                return Problem.Invalid($"{InferBody.HeaderLength}: '{header}' is not a number of bytes").ToAnswer();
            }

            var names = new NameTable(opened.Model.Model.Inputs.Concat(opened.Model.Model.Outputs).Select(s => s.Name));
            var read = await RequestBody.ReadAsync(http.Request, options.MaxRequestBytes, (names, length), static (body, state) => Parse(body, state.names, state.length), http.RequestAborted);
            if (!read.TryGet(out var request, out problem))
            {
                return problem.ToAnswer();
            }

            using (request)
            {
                return (await ScoreAsync(opened.Model, request, http.RequestAborted)).ToAnswer(scores => new Answer(scores));
            }
        }
        finally
        {
            opened.Model.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private async Task<Result<Scores>> ScoreAsync(SharedModel model, InferenceRequest request, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            if (!(await model.Model.RunAsync(request, default, cancellation)).TryGet(out var outputs, out var problem))
            {
                return problem;
            }

            using (outputs)
            {
                var collected = new CollectedScores(model.Roles, request.Rows);
                return collected.Add(outputs, 0, request.Rows) is { } odd ? odd : collected.ToScores();
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A fault of the engine must not take the process along.
            return new Problem(ProblemCode.Internal, $"The model failed: {e.Message}");
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task<Result<OpenedModel>> OpenAsync(HttpContext http)
    {
        var reference = http.Request.Query["model"].ToString();
        return reference.Length == 0
            ? Problem.Invalid("model: is missing in the query; use ?model=models:/NAME@ALIAS or models:/NAME/VERSION")
            : await models.OpenAsync((string)http.Request.RouteValues["ns"]!, reference, http.RequestAborted);
    }

    private static Result<InferenceRequest> Parse(ReadOnlySpan<byte> body, NameTable names, int header)
    {
        if (header == 0 || header > body.Length)
        {
            return Problem.Invalid($"{InferBody.HeaderLength}: is {header}, the body has {body.Length} bytes; a batch needs its JSON part");
        }

        return OipParser.Parse(body, names, header).Then<InferenceRequest>(request =>
        {
            if (request.Inputs.Count > 0 && request.Inputs[0].Shape.Length > 0 && request.Rows > 0)
            {
                return request;
            }

            request.Dispose();
            return Problem.Invalid("The batch has no rows");
        });
    }

    /// <summary>The scores as <see cref="ScoredBatchHead"/> and its blocks.</summary>
    private sealed class Answer(Scores scores) : IResult
    {
        public async Task ExecuteAsync(HttpContext http)
        {
            var predictions = Predictions();
            var columns = scores.Probabilities is { Length: > 0 } table ? table[0].Length : 0;
            var head = JsonSerializer.SerializeToUtf8Bytes(
                new ScoredBatchHead(scores.Predictions.Count, scores.Predictions is NumericColumn ? "FP64" : "BYTES", predictions.Length, columns == 0 ? [] : scores.Classes, columns),
                ScoringJson.Default.ScoredBatchHead);
            http.Response.ContentType = "application/octet-stream";
            http.Response.Headers[InferBody.HeaderLength] = head.Length.ToString(CultureInfo.InvariantCulture);
            http.Response.ContentLength = head.Length + predictions.Length + ((long)columns * scores.Predictions.Count * sizeof(double));
            await http.Response.BodyWriter.WriteAsync(head, http.RequestAborted);
            await http.Response.BodyWriter.WriteAsync(predictions, http.RequestAborted);
            foreach (var row in columns == 0 ? [] : scores.Probabilities!)
            {
                http.Response.BodyWriter.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }

            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }

        private byte[] Predictions()
        {
            if (scores.Predictions is NumericColumn numbers)
            {
                return MemoryMarshal.AsBytes(numbers.Values.AsSpan()).ToArray();
            }

            using var block = new MemoryStream();
            Span<byte> length = stackalloc byte[sizeof(uint)];
            foreach (var text in ((TextColumn)scores.Predictions).Values)
            {
                var bytes = Encoding.UTF8.GetBytes(text ?? "");
                BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)bytes.Length);
                block.Write(length);
                block.Write(bytes);
            }

            return block.ToArray();
        }
    }
}
