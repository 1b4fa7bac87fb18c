using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What the tasks of one graph can see while it runs.</summary>
/// <param name="Inputs">What the graph itself was given.</param>
/// <param name="OutputsOf">The outputs of a task of this graph; null when it gave none, because it was skipped, failed or was cancelled.</param>
/// <param name="FinalStatusOf">How a task of this graph ended, see <see cref="FinalStatus"/>.</param>
public sealed record GraphScope(TaskValues Inputs, Func<string, TaskValues?> OutputsOf, Func<string, JsonObject?> FinalStatusOf);
