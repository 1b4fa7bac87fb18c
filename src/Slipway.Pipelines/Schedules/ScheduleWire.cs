using System.Text.Json.Nodes;
using Slipway.Pipelines.Kfp;

namespace Slipway.Pipelines.Schedules;

/// <summary>A recurring run as the v2beta1 API shows it; beyond upstream: <c>next_run_at</c>, <c>last_run_id</c>, <c>runs_created</c>.</summary>
internal static class ScheduleWire
{
    public static JsonObject Of(ScheduleRow row)
    {
        var bounds = new JsonObject();
        Add(bounds, "start_time", KfpTime.Text(row.Starts));
        Add(bounds, "end_time", KfpTime.Text(row.Ends));
        if (row.Cron is not null)
        {
            bounds["cron"] = row.Cron;
        }
        else
        {
            bounds["interval_second"] = row.IntervalSeconds;
        }

        var json = new JsonObject
        {
            ["recurring_run_id"] = row.Id,
            ["display_name"] = row.DisplayName,
            ["namespace"] = row.Namespace,
            ["experiment_id"] = row.ExperimentId,
            ["runtime_config"] = JsonNode.Parse(row.RuntimeConfig),
            ["max_concurrency"] = row.MaxConcurrency,
            ["trigger"] = new JsonObject { [row.Cron is not null ? "cron_schedule" : "periodic_schedule"] = bounds },
            ["mode"] = row.Enabled ? "ENABLE" : "DISABLE",
            ["status"] = row.Enabled ? "ENABLED" : "DISABLED",
            ["created_at"] = KfpTime.Text(row.Created),
            ["updated_at"] = KfpTime.Text(row.Updated),
            ["no_catchup"] = row.NoCatchup,
            ["runs_created"] = row.Firings,
        };
        Add(json, "description", row.Description.Length > 0 ? row.Description : null);
        Add(json, "service_account", row.ServiceAccount.Length > 0 ? row.ServiceAccount : null);
        Add(json, "next_run_at", KfpTime.Text(row.NextDue));
        Add(json, "last_run_id", row.LastRunId);
        if (row.Problem is { } problem)
        {
            json["error"] = new JsonObject { ["code"] = 9, ["message"] = problem };
        }

        if (row.Spec is not null)
        {
            json["pipeline_spec"] = JsonNode.Parse(row.Spec);
        }
        else
        {
            var reference = new JsonObject();
            Add(reference, "pipeline_id", row.PipelineId);
            Add(reference, "pipeline_version_id", row.PipelineVersionId);
            json["pipeline_version_reference"] = reference;
        }

        return json;
    }

    private static void Add(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
