using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>Timeouts and secrets of steps: in the IR they stand in the platform document.</summary>
internal static class PlatformWriter
{
    public static PlatformSpec? Of(ShortPipeline pipeline, Action<string, string> fault)
    {
        var documents = new JsonObject();
        var executors = new OrderedDictionary<string, PlatformExecutor>(StringComparer.Ordinal);
        foreach (var step in pipeline.Steps.Values.Where(s => s.Timeout is not null || s.Secrets.Count > 0))
        {
            var secrets = new List<KeysAsEnv>();
            var json = new JsonObject();
            if (step.Component is not null || step.Uses is not null)
            {
                fault(step.Path, "timeout and secrets are for steps with run");
            }

            if (step.Timeout is { } timeout)
            {
                json["activeDeadlineSeconds"] = ((long)Math.Ceiling(timeout.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            var list = new JsonArray();
            foreach (var (variable, text) in step.Secrets)
            {
                if (text.Split('/') is not [{ Length: > 0 } secret, { Length: > 0 } key])
                {
                    fault($"{step.Path}.secrets.{variable}", $"'{text}' must be SECRET/KEY");
                    continue;
                }

                secrets.Add(new KeysAsEnv(new TaskParameter(new ParameterSource.Constant(secret)), [KeyValuePair.Create(key, variable)], false));
                list.Add(new JsonObject
                {
                    ["keyToEnv"] = new JsonArray(new JsonObject { ["envVar"] = variable, ["secretKey"] = key }),
                    ["secretName"] = secret,
                    ["secretNameParameter"] = new JsonObject { ["runtimeValue"] = new JsonObject { ["constant"] = secret } },
                });
            }

            if (list.Count > 0)
            {
                json["secretAsEnv"] = list;
            }

            executors["exec-" + step.Name] = new PlatformExecutor { Deadline = step.Timeout, SecretsAsEnv = secrets };
            documents["exec-" + step.Name] = json;
        }

        return executors.Count == 0 ? null : new PlatformSpec
        {
            Document = new JsonObject { ["platforms"] = new JsonObject { ["kubernetes"] = new JsonObject { ["deploymentSpec"] = new JsonObject { ["executors"] = documents } } } },
            Executors = executors,
        };
    }
}
