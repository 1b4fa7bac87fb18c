using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Graphs.Domain;

/// <summary>Reads an InferenceGraph and reports every fault at once.</summary>
internal sealed class GraphReader
{
    /// <summary>More is a mistake: each may be one call per request.</summary>
    private const int MostSteps = 256;

    private readonly List<Fault> _faults = [];
    private readonly JsonObject _nodes;

    private GraphReader(JsonObject nodes) => _nodes = nodes;

    public static Result<GraphSpec> Read(JsonObject resource)
    {
        var spec = ServiceSpec.At(resource, "spec");
        var reader = new GraphReader(ServiceSpec.At(spec, "nodes") as JsonObject ?? []);
        return reader.ReadAll(spec, ServiceSpec.At(resource, "metadata", "annotations"));
    }

    private Result<GraphSpec> ReadAll(JsonNode? spec, JsonNode? annotations)
    {
        var nodes = new Dictionary<string, GraphNode>(StringComparer.Ordinal);
        foreach (var (name, node) in _nodes)
        {
            nodes[name] = ReadNode(name, node as JsonObject ?? []);
        }

        if (!nodes.ContainsKey(GraphSpec.Root))
        {
            Fault("spec.nodes", $"has no node '{GraphSpec.Root}', where every request begins");
        }

        if (nodes.Values.Sum(n => n.Steps.Count) > MostSteps)
        {
            Fault("spec.nodes", $"has more than {MostSteps} steps");
        }
        else
        {
            FindCycle(nodes);
        }

        var timeout = Seconds(ServiceSpec.At(spec, "timeout"), "spec.timeout");
        var stepTimeout = Seconds(ServiceSpec.At(spec, "routerTimeouts", "serviceClient"), "spec.routerTimeouts.serviceClient");
        return _faults.Count > 0 ? Problem.Invalid(_faults) : new GraphSpec(nodes, timeout, stepTimeout, PropagatedHeaders.Read(annotations));
    }

    private GraphNode ReadNode(string name, JsonObject node)
    {
        var path = $"spec.nodes.{name}";
        var router = Text(node["routerType"]) switch
        {
            "Sequence" => RouterType.Sequence,
            "Splitter" => RouterType.Splitter,
            "Ensemble" => RouterType.Ensemble,
            "Switch" => RouterType.Switch,
            _ => Unknown(),
        };
        var entries = node["steps"] as JsonArray ?? [];
        if (entries.Count == 0)
        {
            Fault($"{path}.steps", "has no step");
        }

        var steps = new List<GraphStep>();
        for (var i = 0; i < entries.Count; i++)
        {
            if (ReadStep(entries[i], i, router, $"{path}.steps[{i}]") is not { } step)
            {
                continue;
            }

            if (steps.Any(s => s.Name == step.Name))
            {
                Fault($"{path}.steps[{i}].name", $"'{step.Name}' is the name of another step of this node");
            }

            steps.Add(step);
        }

        if (router == RouterType.Splitter && steps.Count == entries.Count && steps.Sum(s => (long)s.Weight) is var sum && sum != 100)
        {
            Fault($"{path}.steps", $"the weights of a splitter's steps are {sum} together; they must be 100");
        }

        return new GraphNode(name, router, steps);

        RouterType Unknown()
        {
            Fault($"{path}.routerType", $"'{Text(node["routerType"])}' is neither Sequence, Splitter, Ensemble nor Switch");
            return RouterType.Sequence;
        }
    }

    private GraphStep? ReadStep(JsonNode? step, int place, RouterType router, string path)
    {
        var before = _faults.Count;
        var target = ReadTarget(step, path);
        var weight = 0;
        if (ServiceSpec.At(step, "weight") is { } given)
        {
            if (router != RouterType.Splitter)
            {
                Fault($"{path}.weight", "only the steps of a splitter have weights; remove it");
            }
            else if (!int.TryParse(given.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out weight) || weight > 100)
            {
                Fault($"{path}.weight", "must be a whole number from 0 to 100");
            }
        }
        else if (router == RouterType.Splitter)
        {
            Fault($"{path}.weight", "is missing; the weights of a splitter's steps are 100 together");
        }

        var name = Text(ServiceSpec.At(step, "name"));
        return new GraphStep(
            string.IsNullOrEmpty(name) ? place.ToString(CultureInfo.InvariantCulture) : name, target ?? new StepTarget.Node(""), ReadData(step, place, router, path), weight,
            ReadCondition(step, place, router, path), Hard()) is var made && _faults.Count == before ? made : null;

        bool Hard() => Text(ServiceSpec.At(step, "dependency")) switch
        {
            "Hard" => true,
            null or "Soft" => false,
            var other => Refused(other),
        };

        bool Refused(string other)
        {
            Fault($"{path}.dependency", $"'{other}' is neither Hard nor Soft");
            return false;
        }
    }

    private StepTarget? ReadTarget(JsonNode? step, string path)
    {
        var (service, node) = (Text(ServiceSpec.At(step, "serviceName")), Text(ServiceSpec.At(step, "nodeName")));
        var url = ServiceSpec.At(step, "serviceUrl");
        if (new[] { !string.IsNullOrEmpty(service), !string.IsNullOrEmpty(node), url is not null }.Count(given => given) != 1)
        {
            Fault(path, "must have exactly one of serviceName, serviceUrl and nodeName");
            return null;
        }

        if (url is not null)
        {
            return OutboundAddress.Read(url, $"{path}.serviceUrl", _faults) is { } address ? new StepTarget.Address(address) : null;
        }

        if (string.IsNullOrEmpty(node))
        {
            return new StepTarget.Service(service!);
        }

        if (!_nodes.ContainsKey(node))
        {
            Fault($"{path}.nodeName", $"there is no node '{node}'; the graph has {string.Join(", ", _nodes.Select(n => n.Key))}");
        }

        return new StepTarget.Node(node);
    }

    private StepData ReadData(JsonNode? step, int place, RouterType router, string path)
    {
        var text = Text(ServiceSpec.At(step, "data"));
        var maps = ServiceSpec.At(step, "mapPredictionsToInstances")?.ToJsonString() == "true";
        StepData? data = text switch
        {
            null or "" or "$request" => StepData.Request,
            "$response" => maps ? StepData.Predictions : StepData.Response,
            "$response.predictions" => StepData.Predictions,
            "$response.outputs" => StepData.Outputs,
            _ => null,
        };
        if (data is null)
        {
            Fault($"{path}.data", $"'{text}' is neither $request, $response, $response.predictions nor $response.outputs");
        }
        else if (data != StepData.Request && router != RouterType.Sequence)
        {
            Fault($"{path}.data", "only a sequence has a step before; use $request");
        }
        else if (data != StepData.Request && place == 0)
        {
            Fault($"{path}.data", "the first step has none before it; use $request");
        }

        return data ?? StepData.Request;
    }

    private GraphPath? ReadCondition(JsonNode? step, int place, RouterType router, string path)
    {
        var text = Text(ServiceSpec.At(step, "condition"));
        if (string.IsNullOrEmpty(text))
        {
            if (router == RouterType.Switch)
            {
                Fault($"{path}.condition", "is missing; a switch takes the first step whose condition holds (@this always does)");
            }

            return null;
        }

        if (router is RouterType.Splitter or RouterType.Ensemble || (router == RouterType.Sequence && place == 0))
        {
            Fault($"{path}.condition", router == RouterType.Sequence ? "the first step has no answer before it to look at; remove it" : "only a switch and a sequence have conditions; remove it");
            return null;
        }

        if (GraphPathParser.Parse(text).TryGet(out var condition, out var problem))
        {
            return condition;
        }

        Fault($"{path}.condition", problem.Message);
        return null;
    }

    /// <summary>Each ring is told once, by the step that closes it.</summary>
    private void FindCycle(Dictionary<string, GraphNode> nodes)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in nodes.Keys)
        {
            Walk(name, []);
        }

        void Walk(string name, List<string> way)
        {
            if (way.IndexOf(name) is var at and >= 0)
            {
                Fault("spec.nodes", $"the nodes call each other in a ring: {string.Join(" -> ", way.Skip(at).Append(name))}");
                return;
            }

            if (done.Contains(name) || !nodes.TryGetValue(name, out var node))
            {
                return;
            }

            way.Add(name);
            foreach (var next in node.Steps.Select(s => s.Target).OfType<StepTarget.Node>())
            {
                Walk(next.Name, way);
            }

            way.RemoveAt(way.Count - 1);
            done.Add(name);
        }
    }

    private TimeSpan? Seconds(JsonNode? node, string path)
    {
        if (node is null)
        {
            return null;
        }

        if (int.TryParse(node.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 86_400)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Fault(path, "must be a whole number of seconds from 1 to 86400");
        return null;
    }

    private void Fault(string path, string message) => _faults.Add(new Fault(path, message));

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
