using System.Text.Json.Nodes;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Data.Ports;

/// <summary>Looks at a CSV or Parquet file on this machine, without a server.</summary>
public interface IFileProfiler
{
    /// <summary>The profile as JSON: <c>{"rows", "columns":[{"column","kind","count","missing","distinct","min","max","mean","std","quantiles","top"}]}</c>.</summary>
    Task<Result<JsonObject>> ProfileAsync(string path, CancellationToken cancellation);

    /// <summary>The same as a self-contained HTML page.</summary>
    string ToHtml(JsonObject profile);

    Task<Result<Frame>> ReadAsync(string path, CancellationToken cancellation);
}
