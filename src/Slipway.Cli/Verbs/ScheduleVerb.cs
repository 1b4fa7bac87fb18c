using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli.Output;
using Slipway.Cli.Pipelines;
using Slipway.Cli.Runs;
using Slipway.Cli.Terminal;
using Slipway.Client;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.Cli.Verbs;

/// <summary><c>slipway schedule create|list|get|pause|resume|delete</c>: pipelines that run by the clock; <c>kfp.Client</c> sees the same recurring runs.</summary>
internal static class ScheduleVerb
{
    public static Command Create(CliContext cli)
    {
        var verb = new Verb("schedule", "Runs pipelines by the clock: cron with seconds and time zones, or every so often. Kubeflow's clients see them as recurring runs.");
        verb.Subcommands.Add(CreateOne(cli));
        verb.Subcommands.Add(ListAll(cli));
        verb.Subcommands.Add(OnOne(cli, "get", "Shows a schedule.", (client, id, cancellation) => client.Schedules.GetAsync(id, cancellation)));
        verb.Subcommands.Add(OnOne(cli, "pause", "Keeps a schedule from firing. Runs that it has started go on.", (client, id, cancellation) => SwitchAsync(client, id, false, cancellation)));
        verb.Subcommands.Add(OnOne(cli, "resume", "Lets a schedule fire again; what was due meanwhile is caught up with unless it was made with --no-catch-up.", (client, id, cancellation) => SwitchAsync(client, id, true, cancellation)));
        verb.Subcommands.Add(OnOne(cli, "delete", "Removes a schedule. Its runs stay.", DeleteAsync));
        return verb;
    }

    private static Verb CreateOne(CliContext cli)
    {
        var file = new Argument<string>("PIPELINE.yaml") { Description = "A pipeline: our short form, compiled YAML, .zip or .tar.gz" };
        var cron = new Option<string?>("--cron") { Description = "Six fields with seconds first, or a crontab's five; CRON_TZ=Europe/Vienna before them sets the zone", HelpName = "\"0 30 6 * * 1-5\"" };
        var every = new Option<string?>("--every") { Description = "Interval, such as 15m or 1h30m; whole seconds", HelpName = "DURATION" };
        var name = new Option<string?>("--name") { Description = "What the schedule is called; the pipeline's name by default", HelpName = "NAME" };
        var parameters = new Option<string[]>("--parameter", "-p") { Description = "A parameter's value; [[ScheduledTime]], [[CurrentTime]], [[Index]] and [[RunUUID]] are filled in at each run", HelpName = "NAME=VALUE", AllowMultipleArgumentsPerToken = false };
        var start = new Option<string?>("--start") { Description = "First instant, RFC 3339; one in the past is caught up with", HelpName = "TIME" };
        var end = new Option<string?>("--end") { Description = "Last instant, RFC 3339", HelpName = "TIME" };
        var most = new Option<int>("--max-concurrency") { Description = "Runs at a time", HelpName = "N", DefaultValueFactory = _ => 1 };
        var noCatchUp = new Option<bool>("--no-catch-up") { Description = "Of what was missed only the newest is run" };
        var paused = new Option<bool>("--paused") { Description = "Do not fire until it is resumed" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("create", "Schedules a pipeline.")
        {
            Examples =
            [
                new("slipway schedule create pipeline.yaml --cron \"CRON_TZ=Europe/Vienna 0 30 6 * * 1-5\"", "at half past six on working days"),
                new("slipway schedule create pipeline.yaml --every 1h -p day=[[ScheduledTime]]", "hourly, told which hour it is for"),
            ],
        };
        verb.Arguments.Add(file);
        foreach (var option in (Option[])[cron, every, name, parameters, start, end, most, noCatchUp, paused, output, ns, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!Trigger(parse.GetValue(cron), parse.GetValue(every), parse.GetValue(start), parse.GetValue(end)).TryGet(out var trigger, out var problem)
                || !(await PipelineSourceFile.ReadAsync(cli, parse.GetRequiredValue(file), cancellation)).Then(PipelineChecks.Require).TryGet(out var source, out problem)
                || !new RunPipeline(source.Spec).Bind(parse.GetValue(parameters) ?? []).TryGet(out var given, out problem)
                || !cli.Connect(parse.GetValue(server)).TryGet(out var client, out problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                var made = await client.Schedules.CreateAsync(
                    new JsonObject
                    {
                        ["display_name"] = parse.GetValue(name) ?? source.Spec.Info.Name,
                        ["namespace"] = parse.GetRequiredValue(ns),
                        ["pipeline_spec"] = PipelineWriter.ToWire(source.Spec),
                        ["runtime_config"] = new JsonObject { ["parameters"] = given },
                        ["trigger"] = trigger,
                        ["mode"] = parse.GetValue(paused) ? "DISABLE" : "ENABLE",
                        ["max_concurrency"] = parse.GetValue(most),
                        ["no_catchup"] = parse.GetValue(noCatchUp),
                    },
                    cancellation);
                return made.TryGet(out var schedule, out problem) ? Print(cli, schedule, parse.GetValue(output)) : problem;
            }
        });
    }

    private static Verb ListAll(CliContext cli)
    {
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var ns = CommonOptions.Namespace();
        var server = CommonOptions.Server();
        var verb = new Verb("list", "Lists the schedules of a namespace.") { Examples = [new("slipway schedule list --output json", "for a script")] };
        foreach (var option in (Option[])[output, ns, server])
        {
            verb.Options.Add(option);
        }

        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                return (await client.Schedules.ListAsync(parse.GetRequiredValue(ns), cancellation)).TryGet(out var found, out problem)
                    ? cli.Print(new JsonObject { ["schedules"] = new JsonArray([.. found.Select(f => f.DeepClone())]) }, parse.GetValue(output), () => Table(found))
                    : problem;
            }
        });
    }

    private static Verb OnOne(CliContext cli, string name, string description, Func<SlipwayClient, string, CancellationToken, Task<Result<JsonObject>>> act)
    {
        var id = new Argument<string>("ID") { Description = "The schedule's id, as `slipway schedule list` shows it" };
        var output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var server = CommonOptions.Server();
        var verb = new Verb(name, description);
        verb.Arguments.Add(id);
        verb.Options.Add(output);
        verb.Options.Add(server);
        return verb.Runs(cli, async (parse, cancellation) =>
        {
            if (!cli.Connect(parse.GetValue(server)).TryGet(out var client, out var problem))
            {
                return cli.Usage(problem);
            }

            using (client)
            {
                return (await act(client, parse.GetRequiredValue(id), cancellation)).TryGet(out var schedule, out problem) ? Print(cli, schedule, parse.GetValue(output)) : problem;
            }
        });
    }

    private static async Task<Result<JsonObject>> SwitchAsync(SlipwayClient client, string id, bool enable, CancellationToken cancellation) =>
        (await client.Schedules.EnableAsync(id, enable, cancellation)).TryGet(out _, out var problem) ? await client.Schedules.GetAsync(id, cancellation) : problem;

    private static async Task<Result<JsonObject>> DeleteAsync(SlipwayClient client, string id, CancellationToken cancellation)
    {
        var found = await client.Schedules.GetAsync(id, cancellation);
        return found.Succeeded && (await client.Schedules.DeleteAsync(id, cancellation)).Problem is { } problem ? problem : found;
    }

    private static Result<JsonObject> Trigger(string? cron, string? every, string? start, string? end)
    {
        var faults = new List<Fault>();
        if ((cron is null) == (every is null))
        {
            faults.Add(new Fault("--cron, --every", "give one of them"));
        }

        var bounds = new JsonObject();
        foreach (var (option, field, text) in new[] { ("--start", "start_time", start), ("--end", "end_time", end) })
        {
            if (text is null)
            {
                continue;
            }

            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                bounds[field] = time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            }
            else
            {
                faults.Add(new Fault(option, $"'{text}' is not a time; write it like 2026-03-01T06:00:00Z"));
            }
        }

        if (cron is not null)
        {
            bounds["cron"] = cron;
        }
        else if (every is not null)
        {
            if (DurationText.TryParse(every, out var interval) && interval >= TimeSpan.FromSeconds(1) && interval.Ticks % TimeSpan.TicksPerSecond == 0)
            {
                bounds["interval_second"] = (long)interval.TotalSeconds;
            }
            else
            {
                faults.Add(new Fault("--every", $"'{every}' is not a time of at least one second, in whole seconds, such as 15m or 1h30m"));
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : new JsonObject { [cron is not null ? "cron_schedule" : "periodic_schedule"] = bounds };
    }

    private static int Print(CliContext cli, JsonObject schedule, OutputFormat format) => cli.Print(schedule, format, () => Table([schedule]));

    private static string Table(IReadOnlyList<JsonObject> schedules)
    {
        var table = new TextTable("ID", "NAME", "WHEN", "STATUS", "NEXT", "RUNS", "");
        foreach (var schedule in schedules)
        {
            table.Add(
                Text(schedule, "recurring_run_id"), Text(schedule, "display_name"), When(schedule["trigger"] as JsonObject), Text(schedule, "status"), Text(schedule, "next_run_at"),
                schedule["runs_created"]?.ToString() ?? "", schedule["error"]?["message"]?.ToString() ?? "");
        }

        return table.IsEmpty ? "No schedules.\n" : table.ToString();
    }

    private static string When(JsonObject? trigger) =>
        (string?)trigger?["cron_schedule"]?["cron"] ?? (trigger?["periodic_schedule"]?["interval_second"] is { } seconds ? $"every {seconds} s" : "");

    private static string Text(JsonObject of, string name) => (string?)of[name] ?? "";
}
