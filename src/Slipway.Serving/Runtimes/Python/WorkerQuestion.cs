using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>The user's code asks the model while it is at a request: <c>self.predict(inputs)</c>.</summary>
internal static class WorkerQuestion
{
    /// <summary>The frame that answers it.</summary>
    /// <param name="blocks">Taken over.</param>
    /// <exception cref="BrokenFrameException">It may ask nothing, or what it sent is no question.</exception>
    /// <exception cref="OperationCanceledException">At the limit.</exception>
    public static async Task<PooledBytes> AnswerAsync(WorkerJob job, WorkerMessage asked, PooledBlock blocks, CancellationToken limit)
    {
        using var tensors = new WorkerTensors(asked.Inputs, blocks, [], [.. Enumerable.Range(0, asked.Inputs.Count)]);
        if (asked.Id != job.Id || job.Model is not { } model)
        {
            throw new BrokenFrameException("it asked what it may not");
        }

        using var request = RequestOf(tensors);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(job.Gone, limit);
        try
        {
            if (!(await model.AskAsync(request, either.Token)).TryGet(out var answer, out var problem))
            {
                return WorkerFrames.Told(job.Id, problem);
            }

            using (answer)
            {
                return WorkerFrames.Told(job.Id, answer);
            }
        }
        catch (OperationCanceledException) when (!limit.IsCancellationRequested)
        {
            // The caller has gone; the worker is told so by a frame of its own.
            return WorkerFrames.Told(job.Id, Problem.Unavailable("The caller has gone"));
        }
    }

    private static InferenceRequest RequestOf(WorkerTensors tensors)
    {
        var request = new InferenceRequest();
        for (var i = 0; i < tensors.Count; i++)
        {
            var (spec, elements) = (tensors.Spec(i), tensors.Elements(i));
            OnnxBuffer? numbers = null;
            ReadOnlyMemory<byte>[]? texts = null;
            if (spec.Type == OnnxType.BYTES)
            {
                texts = new ReadOnlyMemory<byte>[elements];
                for (var at = 0; at < elements; at++)
                {
                    texts[at] = tensors.Text(i, at).ToArray();
                }
            }
            else
            {
                numbers = OnnxBuffer.Rent(tensors.Bytes(i).Length);
                tensors.Bytes(i).CopyTo(numbers.As<byte>());
            }

            request.Inputs.Add(new InputTensor(spec.Name, spec.Type, tensors.Shape(i).ToArray(), numbers, texts, elements));
        }

        return request;
    }
}
