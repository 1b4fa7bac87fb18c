using System.Text.Json.Serialization;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Feedback;

/// <summary>Payload of <c>serving.feedback.closed</c>.</summary>
internal sealed record FeedbackClosed(string Service, int Number, string From, string Until);

internal sealed record FeedbackAnswer(int Stored, WindowAnswer? Window);

internal sealed record WindowAnswer(int Number, string From, string Until);

internal sealed record WindowsAnswer(IReadOnlyList<WindowAnswer> Windows);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FeedbackClosed))]
[JsonSerializable(typeof(FeedbackAnswer))]
[JsonSerializable(typeof(WindowsAnswer))]
[JsonSerializable(typeof(PredictionSummary))]
internal sealed partial class FeedbackJson : JsonSerializerContext;
