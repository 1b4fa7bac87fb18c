using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Batching;
using Slipway.Serving.Domain;
using Slipway.Serving.Models;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Repository;

/// <summary>Opens a model before anything is changed, so that a load that cannot succeed leaves the service as it is, and what a configuration claims is held against it.</summary>
internal sealed class ModelProbe(ModelLoader loader, ModelResolver resolver, IObjectStore objects, ServingOptions options)
{
    private static readonly string[] OnnxPlatforms = ["", "onnxruntime_onnx", "onnx_onnxv1"];
    private static readonly string[] OnnxBackends = ["", "onnxruntime"];

    /// <summary>Keeps a file that was sent along; what a storageUri calls it.</summary>
    public async Task<Result<StorageUri.Stored>> KeepAsync(ModelFile file, CancellationToken cancellation)
    {
        using var content = new MemoryStream(file.Content.ToArray(), writable: false);
        var kept = await objects.PutAsync(content, options.MaxUploadBytes, cancellation);
        return kept.Select(digest => new StorageUri.Stored(digest.Sha256, file.Version));
    }

    /// <summary>Null when the model at that address opens and is what the configuration says.</summary>
    public async Task<Problem?> CheckAsync(string ns, string storageUri, string format, ConfigOverride? config, CancellationToken cancellation)
    {
        if (!StorageUri.Parse(storageUri).TryGet(out var source, out var problem)
            || !(await resolver.ResolveAsync(ns, source, format, cancellation)).TryGet(out var resolved, out problem))
        {
            return problem;
        }

        if (resolved.Format != ModelFormats.Onnx)
        {
            return config is { ClaimsOfModel: true }
                ? new Problem(ProblemCode.Unsupported, $"config: can be held against ONNX models only, and this one is {resolved.Format}; use annotations of the InferenceService")
                : null;
        }

        if (!(await loader.LoadAsync(resolved.Digest, warm: false, cancellation)).TryGet(out var opened, out problem))
        {
            const string Runtime = "The model cannot be loaded: ";
            var why = problem.Message.StartsWith(Runtime, StringComparison.Ordinal) ? problem.Message[Runtime.Length..] : problem.Message;
            return problem with { Message = $"The model could not be loaded: {why}" };
        }

        try
        {
            return config is null ? null : Compare(config, opened.Model);
        }
        finally
        {
            opened.Retire();
        }
    }

    private static Problem? Compare(ConfigOverride config, IServedModel model)
    {
        var faults = new List<Fault>();
        var batching = config.MaxBatchSize > 0;
        if (config.Platform is { } platform && !OnnxPlatforms.Contains(platform))
        {
            faults.Add(new Fault("config.platform", $"is '{platform}', the model is {OnnxPlatforms[1]}"));
        }

        if (config.Backend is { } backend && !OnnxBackends.Contains(backend))
        {
            faults.Add(new Fault("config.backend", $"is '{backend}', the model runs on {OnnxBackends[1]}"));
        }

        if (batching && BatchFit.WhyNot(model) is { } why)
        {
            faults.Add(new Fault("config.max_batch_size", $"requests for this model cannot share runs: {why}; use 0"));
        }

        foreach (var input in config.Inputs)
        {
            input.Compare(model.Inputs, batching, faults);
        }

        foreach (var output in config.Outputs)
        {
            output.Compare(model.Outputs, batching, faults);
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }
}
