using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>
/// What a request asks of one revision: SHA-256 over names, types, shapes and contents of its inputs, its params and the outputs wanted. Strong, because a
/// caller who could make two requests collide would read another's answer.
/// </summary>
internal readonly record struct CacheKey(ulong A, ulong B, ulong C, ulong D)
{
    [ThreadStatic]
    private static IncrementalHash? hash;

    public static CacheKey Of(InferenceRequest request, ReadOnlySpan<int> outputs)
    {
        var sha = hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var input in request.Inputs)
        {
            // Every part has its length before it, so that no two requests run together into the same bytes.
            Append(sha, [input.Name.Length, (int)input.Type, input.Shape.Length, input.Elements]);
            sha.AppendData(MemoryMarshal.AsBytes(input.Name.AsSpan()));
            sha.AppendData(MemoryMarshal.AsBytes(input.Shape.AsSpan()));
            if (input.Numbers is { } numbers)
            {
                sha.AppendData(numbers.As<byte>());
                continue;
            }

            foreach (var text in input.Texts!)
            {
                Append(sha, [text.Length]);
                sha.AppendData(text.Span);
            }
        }

        if (request.Params is { } asked)
        {
            Append(sha, [asked.Length]);
            sha.AppendData(MemoryMarshal.AsBytes(asked.AsSpan()));
        }

        sha.AppendData(MemoryMarshal.AsBytes(outputs));
        Span<ulong> digest = stackalloc ulong[4];
        sha.GetHashAndReset(MemoryMarshal.AsBytes(digest));
        return new CacheKey(digest[0], digest[1], digest[2], digest[3]);
    }

    private static void Append(IncrementalHash sha, ReadOnlySpan<int> numbers) => sha.AppendData(MemoryMarshal.AsBytes(numbers));
}
