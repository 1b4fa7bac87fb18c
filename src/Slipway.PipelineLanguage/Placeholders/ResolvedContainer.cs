using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>A container without placeholders: ready to be run.</summary>
public sealed record ResolvedContainer(
    string Image, IReadOnlyList<string> Command, IReadOnlyList<string> Args, IReadOnlyList<EnvironmentVariable> Env, ResourceSpec? Resources);
