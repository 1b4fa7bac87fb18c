namespace Slipway.Traces.Domain;

/// <summary>What the conventions of other tracing libraries call the things that MLflow has names for: OpenInference, GenAI, Traceloop, Vercel's AI SDK.</summary>
internal static class OtherNames
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        // OpenInference
        ["TOOL"] = "TOOL", ["CHAIN"] = "CHAIN", ["LLM"] = "LLM", ["RETRIEVER"] = "RETRIEVER", ["EMBEDDING"] = "EMBEDDING", ["AGENT"] = "AGENT",
        ["RERANKER"] = "RERANKER", ["UNKNOWN"] = "UNKNOWN", ["GUARDRAIL"] = "GUARDRAIL", ["EVALUATOR"] = "EVALUATOR",

        // GenAI
        ["chat"] = "CHAT_MODEL", ["create_agent"] = "AGENT", ["embeddings"] = "EMBEDDING", ["execute_tool"] = "TOOL", ["generate_content"] = "LLM",
        ["invoke_agent"] = "AGENT", ["text_completion"] = "LLM", ["response"] = "LLM",

        // Traceloop
        ["workflow"] = "WORKFLOW", ["task"] = "TASK", ["agent"] = "AGENT", ["tool"] = "TOOL",

        // Vercel's AI SDK
        ["ai.generateText"] = "LLM", ["ai.generateText.doGenerate"] = "LLM", ["ai.toolCall"] = "TOOL", ["ai.streamText"] = "LLM", ["ai.streamText.doStream"] = "LLM",
        ["ai.generateObject"] = "LLM", ["ai.generateObject.doGenerate"] = "LLM", ["ai.streamObject"] = "LLM", ["ai.streamObject.doStream"] = "LLM",
        ["ai.embed"] = "EMBEDDING", ["ai.embed.doEmbed"] = "EMBEDDING", ["ai.embedMany"] = "EMBEDDING",
    };

    private static readonly string[] KindKeys = ["openinference.span.kind", "gen_ai.operation.name", "traceloop.span.kind", "ai.operationId"];

    public static IReadOnlyList<string> Inputs { get; } =
        ["input.value", "gen_ai.input.messages", "gen_ai.tool.call.arguments", "traceloop.entity.input", "gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args", "ai.prompt", "ai.prompt.messages", "ai.toolCall.args"];

    public static IReadOnlyList<string> Outputs { get; } =
        ["output.value", "gen_ai.output.messages", "gen_ai.tool.call.result", "traceloop.entity.output", "gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response", "ai.response.text", "ai.toolCall.result", "ai.response.object"];

    public static IReadOnlyList<string> InputTokens { get; } = ["llm.token_count.prompt", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];

    public static IReadOnlyList<string> OutputTokens { get; } = ["llm.token_count.completion", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];

    public static IReadOnlyList<string> TotalTokens { get; } = ["llm.token_count.total", "llm.usage.total_tokens"];

    /// <summary>MLflow's type of a span by its attributes; null when none of them says it.</summary>
    public static string? TypeOf(Func<string, string?> text) =>
        KindKeys.Select(key => text(key) is { } kind ? Kinds.GetValueOrDefault(kind) : null).FirstOrDefault(type => type is not null);
}
