using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>Prepared pipelines by the digest of their package; the last few are kept, since runs of one pipeline come in rows.</summary>
internal sealed class RunPlans(RunStore store)
{
    private const int Most = 64;

    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, RunPlan> _plans = new(StringComparer.Ordinal);

    public RunPlan Put(string digest, PipelineSpec spec)
    {
        lock (_lock)
        {
            if (_plans.Remove(digest, out var known))
            {
                _plans.Add(digest, known);
                return known;
            }

            if (_plans.Count == Most)
            {
                _plans.RemoveAt(0);
            }

            var plan = new RunPlan(spec);
            _plans.Add(digest, plan);
            return plan;
        }
    }

    public async Task<Result<RunPlan>> GetAsync(RunRow row, CancellationToken cancellation)
    {
        if (row.SpecDigest is null)
        {
            // Made by the first engine, which kept the Pipeline resource's spec in the row.
            return PipelineDefinition.Parse((JsonObject)JsonNode.Parse(row.Definition)!).Select(d => new RunPlan(PipelineCompiler.Compile(row.Pipeline, d)));
        }

        lock (_lock)
        {
            if (_plans.TryGetValue(row.SpecDigest, out var known))
            {
                return known;
            }
        }

        return await store.SpecAsync(row.SpecDigest, cancellation) is { } text
            ? PipelineReader.Read(text).Select(s => Put(row.SpecDigest, s.Spec))
            : Problem.NotFound($"package {row.SpecDigest}");
    }
}
