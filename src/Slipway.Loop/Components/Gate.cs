using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary><c>slipway/gate</c>: applies <see cref="GateRule"/>. Outputs passed, choice (<c>challenger</c> or a former version's number) and reason.</summary>
internal sealed class Gate : IPipelineComponent
{
    public string Name => "slipway/gate";

    public Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (context.Inputs["evaluation"] is not JsonObject evaluation || evaluation["contenders"] is not JsonArray contenders)
        {
            return Task.FromResult<Result<JsonObject>>(Problem.Invalid("evaluation: is required"));
        }

        var verdict = GateRule.Judge(
            (double?)evaluation["championLoss"],
            [.. contenders.Select(c => new Contender((int?)c!["version"], (double)c["loss"]!, (double)c["difference"]!, (double)c["variance"]!))],
            (int)evaluation["rows"]!);
        context.Log(verdict.Reason);
        return Task.FromResult<Result<JsonObject>>(new JsonObject
        {
            ["passed"] = verdict.Passed,
            ["choice"] = verdict.Version is { } version ? version.ToString(System.Globalization.CultureInfo.InvariantCulture) : "challenger",
            ["reason"] = verdict.Reason,
        });
    }
}
