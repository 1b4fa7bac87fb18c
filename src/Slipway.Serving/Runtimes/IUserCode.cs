using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes;

/// <summary>A model as the user's code may ask it: name to tensor, as a predictor of one's own is asked.</summary>
internal interface IAskedModel
{
    ValueTask<Result<TensorSet>> AskAsync(InferenceRequest request, CancellationToken cancellation);
}

/// <summary>What goes over HTTP, whole and unpacked.</summary>
/// <param name="Json">The length of its JSON when binary blocks follow; else 0.</param>
/// <param name="IsText">It is no JSON but text, such as CSV.</param>
internal readonly record struct CodeBody(ReadOnlyMemory<byte> Bytes, int Json, bool IsText);

/// <summary>One call of a method of the user's code.</summary>
/// <param name="Headers">By their names in lower case.</param>
/// <param name="Binary">Whether arrays may come back as binary blocks.</param>
/// <param name="Limit">After this its worker is ended.</param>
internal sealed record CodeCall(string Method, CodeBody Body, IReadOnlyDictionary<string, string> Headers, bool Binary, TimeSpan Limit)
{
    /// <summary>What its <c>predict</c> asks; null when it may ask nothing.</summary>
    public IAskedModel? Model { get; init; }
}

/// <summary>What a method gave back; dispose it when its bytes have been used.</summary>
internal sealed class CodeAnswer(CodeBody body, IDisposable memory) : IDisposable
{
    public CodeBody Body { get; } = body;

    public void Dispose() => memory.Dispose();
}

/// <summary>A transformer or an explainer of the user's own, wherever it runs.</summary>
internal interface IUserCode : IScaledModel, IDisposable
{
    /// <summary>Whether the class has the method.</summary>
    bool Has(string method);

    /// <summary>Invalid: it refused what it was given; Internal: it failed. Both in its own words.</summary>
    /// <exception cref="OperationCanceledException">When cancelled.</exception>
    ValueTask<Result<CodeAnswer>> CallAsync(CodeCall call, CancellationToken cancellation);
}

/// <summary>A way to run the user's code.</summary>
internal interface ICodeRuntime
{
    /// <summary>Ends when it can be called.</summary>
    Task<Result<IUserCode>> LoadCodeAsync(ModelToLoad code, CancellationToken cancellation);
}
