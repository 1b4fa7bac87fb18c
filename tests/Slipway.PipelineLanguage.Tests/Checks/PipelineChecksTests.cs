using System.Globalization;
using System.Text;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.PipelineLanguage.Tests.Checks;

public sealed class PipelineChecksTests
{
    private const string Good = """
        pipelineInfo:
          name: sample
        schemaVersion: 2.1.0
        deploymentSpec:
          executors:
            exec:
              container:
                image: alpine
                command: [echo, "{{$.inputs.parameters['text']}}", "{{$.outputs.parameters['text'].output_file}}"]
            exec-import:
              importer: {artifactUri: {runtimeParameter: uri}, typeSchema: {schemaTitle: system.Model}}
        components:
          comp:
            executorLabel: exec
            inputDefinitions:
              parameters:
                text: {parameterType: STRING}
                count: {parameterType: NUMBER_INTEGER, defaultValue: 3.0, isOptional: true, literals: [1, 3]}
                list: {parameterType: LIST, isOptional: true}
              artifacts:
                data: {artifactType: {schemaTitle: system.Dataset}, isOptional: true}
            outputDefinitions:
              parameters:
                text: {parameterType: STRING}
                number: {parameterType: NUMBER_INTEGER}
              artifacts:
                data: {artifactType: {schemaTitle: system.Dataset}}
          comp-import:
            executorLabel: exec-import
            inputDefinitions: {parameters: {uri: {parameterType: STRING}}}
            outputDefinitions: {artifacts: {model: {artifactType: {schemaTitle: system.Model}}}}
          body:
            inputDefinitions: {parameters: {item: {parameterType: NUMBER_INTEGER}, all: {parameterType: LIST, isOptional: true}}}
            outputDefinitions: {parameters: {texts: {parameterType: LIST}}}
            dag:
              tasks:
                inner:
                  componentRef: {name: comp}
                  inputs: {parameters: {text: {componentInputParameter: item}}}
              outputs: {parameters: {texts: {valueFromParameter: {producerSubtask: inner, outputParameterKey: text}}}}
        root:
          inputDefinitions:
            parameters:
              greeting: {parameterType: STRING, defaultValue: hi}
              ratio: {parameterType: NUMBER_DOUBLE, defaultValue: 0.5}
          outputDefinitions:
            parameters:
              result: {parameterType: STRING}
          dag:
            tasks:
              first:
                componentRef: {name: comp}
                inputs:
                  parameters:
                    text: {componentInputParameter: greeting}
              second:
                componentRef: {name: comp}
                dependentTasks: [first]
                inputs:
                  parameters:
                    text: {taskOutputParameter: {producerTask: first, outputParameterKey: text}}
                    count: {runtimeValue: {constant: 1.0}}
                  artifacts:
                    data: {taskOutputArtifact: {producerTask: first, outputArtifactKey: data}}
                triggerPolicy:
                  condition: inputs.parameter_values['text'] == 'go'
              import:
                componentRef: {name: comp-import}
                inputs: {parameters: {uri: {runtimeValue: {constant: s3://x}}}}
              loop:
                componentRef: {name: body}
                parameterIterator: {items: {raw: "[1, 2]"}, itemInput: item}
              gather:
                componentRef: {name: comp}
                inputs:
                  parameters:
                    text: {runtimeValue: {constant: "all: {{$.inputs.parameters['more']}}"}}
                    more: {componentInputParameter: ratio}
                    list: {taskOutputParameter: {producerTask: loop, outputParameterKey: texts}}
            outputs:
              parameters:
                result: {valueFromParameter: {producerSubtask: second, outputParameterKey: text}}
        """;

    [Fact]
    public void GoodPipelines_HaveNoFindings()
    {
        Assert.Empty(Check(Good));
        Assert.Empty(Check(Sample.Text("everything.yaml").Split("\n---\n")[0]));
    }

    [Theory]
    // The header.
    [InlineData("schemaVersion: 2.1.0", "schemaVersion: 1.0.0", "schemaVersion", "must be 2.1.0")]
    [InlineData("name: sample", "name: Not DNS", "pipelineInfo.name", "must be lower-case")]
    // Components.
    [InlineData("    executorLabel: exec\n", "    executorLabel: gone\n", "components.comp.executorLabel", "there is no executor 'gone'")]
    [InlineData("    executorLabel: exec\n", "", "components.comp", "neither dag nor executorLabel")]
    [InlineData("defaultValue: 3.0", "defaultValue: three", "components.comp.inputDefinitions.parameters.count.defaultValue", "must be a whole number")]
    [InlineData("defaultValue: 3.0", "defaultValue: 2.0", "components.comp.inputDefinitions.parameters.count.defaultValue", "must be one of the literals")]
    [InlineData("literals: [1, 3]", "literals: [1, 3, x]", "components.comp.inputDefinitions.parameters.count.literals[2]", "must be a whole number")]
    [InlineData("        inner:\n          componentRef: {name: comp}", "        inner:\n          componentRef: {name: body}", "components.body", "contains itself: body -> body")]
    [InlineData("constant: s3://x", "constant: 5", null, "")]
    // Executors.
    [InlineData("importer: {artifactUri: {runtimeParameter: uri}", "resolver: {x: {runtimeParameter: uri}", "deploymentSpec.executors.exec-import", "only runs on Vertex AI")]
    [InlineData("runtimeParameter: uri", "runtimeParameter: gone", "deploymentSpec.executors.exec-import.importer.artifactUri", "has no parameter 'gone'")]
    [InlineData("image: alpine", "image: ''", "deploymentSpec.executors.exec.container.image", "is empty")]
    [InlineData("inputs.parameters['text']}}", "inputs.parameters['typo']}}", "deploymentSpec.executors.exec", "names no input")]
    [InlineData("outputs.parameters['text']", "outputs.parameters['typo']", "deploymentSpec.executors.exec", "names no output")]
    [InlineData("command: [echo,", "command: [\"{{$.inputs.artifacts['typo'].path}}\",", "deploymentSpec.executors.exec", "names no input")]
    [InlineData("command: [echo,", "command: [\"{{$.outputs.artifacts['typo'].path}}\",", "deploymentSpec.executors.exec", "names no output")]
    // Edges.
    [InlineData("dependentTasks: [first]", "dependentTasks: [first, gone]", "root.dag.tasks.second.dependentTasks[1]", "there is no task 'gone'")]
    [InlineData("      first:\n", "      first:\n        dependentTasks: [gather]\n", "root.dag.tasks.first", null)]
    [InlineData("      gather:\n        componentRef: {name: comp}", "      gather:\n        dependentTasks: [gather]\n        componentRef: {name: comp}", "root.dag.tasks.gather", "in a circle: gather -> gather")]
    [InlineData("      import:\n        componentRef: {name: comp-import}", "      import:\n        componentRef: {name: gone}", "root.dag.tasks.import.componentRef", "there is no component 'gone'")]
    // Parameters of tasks.
    [InlineData("text: {componentInputParameter: greeting}", "text: {componentInputParameter: gone}", "root.dag.tasks.first.inputs.parameters.text", "the graph has no input parameter 'gone'; there is: greeting, ratio")]
    [InlineData("text: {componentInputParameter: greeting}", "text: {runtimeValue: {runtimeParameter: gone}}", "root.dag.tasks.first.inputs.parameters.text", "the graph has no input parameter 'gone'")]
    [InlineData("producerTask: first, outputParameterKey: text", "producerTask: gone, outputParameterKey: text", "root.dag.tasks.second.inputs.parameters.text", "there is no task 'gone'")]
    [InlineData("producerTask: first, outputParameterKey: text", "producerTask: first, outputParameterKey: gone", "root.dag.tasks.second.inputs.parameters.text", "has no output parameter 'gone'; there is: text, number")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "count: {runtimeValue: {constant: one}}", "root.dag.tasks.second.inputs.parameters.count.runtimeValue.constant", "must be a whole number")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "count: {runtimeValue: {constant: 2}}", "root.dag.tasks.second.inputs.parameters.count.runtimeValue.constant", "must be one of 1, 3")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "count: {componentInputParameter: greeting}", "root.dag.tasks.second.inputs.parameters.count", "takes a whole number, and is given text")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "list: {componentInputParameter: greeting}", "root.dag.tasks.second.inputs.parameters.list", "takes a list, and is given text")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "cuont: {runtimeValue: {constant: 1.0}}", "root.dag.tasks.second.inputs.parameters.cuont", "has no parameter 'cuont'; there is: text, count, list")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "count: {componentInputParameter: greeting, parameterExpressionSelector: 'parseJson('}", "root.dag.tasks.second.inputs.parameters.count.parameterExpressionSelector", "cannot be evaluated")]
    [InlineData("inputs: {parameters: {uri: {runtimeValue: {constant: s3://x}}}}", "inputs: {}", "root.dag.tasks.import.inputs", "needs the parameter 'uri' (text), which is not given")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "list: {taskFinalStatus: {producerTask: first}}", "root.dag.tasks.second.inputs.parameters.list", "takes a list, and is given a task's final status")]
    [InlineData("count: {runtimeValue: {constant: 1.0}}", "count: {taskFinalStatus: {producerTask: gone}}", "root.dag.tasks.second.inputs.parameters.count", "there is no task 'gone'")]
    // Artifacts of tasks.
    [InlineData("producerTask: first, outputArtifactKey: data", "producerTask: gone, outputArtifactKey: data", "root.dag.tasks.second.inputs.artifacts.data", "there is no task 'gone'")]
    [InlineData("producerTask: first, outputArtifactKey: data", "producerTask: first, outputArtifactKey: gone", "root.dag.tasks.second.inputs.artifacts.data", "has no output artifact 'gone'")]
    [InlineData("producerTask: first, outputArtifactKey: data", "producerTask: import, outputArtifactKey: model", "root.dag.tasks.second.inputs.artifacts.data", "takes a system.Dataset, and is given a system.Model")]
    [InlineData("data: {taskOutputArtifact", "other: {taskOutputArtifact", "root.dag.tasks.second.inputs.artifacts.other", "has no artifact 'other'")]
    [InlineData("data: {taskOutputArtifact: {producerTask: first, outputArtifactKey: data}}", "data: {componentInputArtifact: gone}", "root.dag.tasks.second.inputs.artifacts.data", "the graph has no input artifact 'gone'")]
    [InlineData("{schemaTitle: system.Dataset}, isOptional: true}", "{schemaTitle: system.Dataset}}", "root.dag.tasks.first.inputs", "needs the artifact 'data'")]
    // Conditions.
    [InlineData("parameter_values['text'] == 'go'", "parameter_values['text'] == ", "root.dag.tasks.second.triggerPolicy.condition", "cannot be evaluated")]
    [InlineData("parameter_values['text'] == 'go'", "parameter_values['gone'] == 'go'", "root.dag.tasks.second.triggerPolicy.condition", "'gone' is no input of this task; there is: text, count")]
    [InlineData("inputs.parameter_values['text'] == 'go'", "1 + 1 == 'go'", "root.dag.tasks.second.triggerPolicy.condition", "no such overload")]
    // Loops.
    [InlineData("itemInput: item", "itemInput: gone", "root.dag.tasks.loop.parameterIterator.itemInput", "has no parameter 'gone'")]
    [InlineData("raw: \"[1, 2]\"", "raw: \"{}\"", "root.dag.tasks.loop.parameterIterator.items.raw", "must be a JSON list")]
    [InlineData("raw: \"[1, 2]\"", "raw: '[1, \"x\"]'", "root.dag.tasks.loop.parameterIterator.items.raw", "item 2 must be a whole number")]
    [InlineData("raw: \"[1, 2]\"", "inputParameter: gone", "root.dag.tasks.loop.parameterIterator.items.inputParameter", "'gone' is no parameter of this task")]
    [InlineData("        parameterIterator: {items: {raw: \"[1, 2]\"}, itemInput: item}", "        parameterIterator: {items: {inputParameter: all}, itemInput: item}\n        inputs: {parameters: {all: {componentInputParameter: ratio}}}", "root.dag.tasks.loop.parameterIterator.items.inputParameter", "must be a list, and is a number")]
    [InlineData("        parameterIterator: {items: {raw: \"[1, 2]\"}, itemInput: item}", "        artifactIterator: {items: {inputArtifact: gone}, itemInput: gone}", "root.dag.tasks.loop.artifactIterator.items.inputArtifact", "'gone' is no artifact")]
    // Outputs of graphs.
    [InlineData("producerSubtask: second, outputParameterKey: text", "producerSubtask: gone, outputParameterKey: text", "root.dag.outputs.parameters.result", "there is no task 'gone'")]
    [InlineData("producerSubtask: second, outputParameterKey: text", "producerSubtask: second, outputParameterKey: gone", "root.dag.outputs.parameters.result", "has no output parameter 'gone'")]
    [InlineData("      result: {parameterType: STRING}", "      result: {parameterType: BOOLEAN}", "root.dag.outputs.parameters.result", "takes true or false, and is given text")]
    [InlineData("      result: {parameterType: STRING}", "      other: {parameterType: STRING}", "root.dag.outputs.parameters.result", "is not among the outputDefinitions")]
    [InlineData("      result: {parameterType: STRING}", "      other: {parameterType: STRING}", "root.outputDefinitions.parameters.other", "no task of the graph gives it")]
    [InlineData("valueFromParameter: {producerSubtask: second, outputParameterKey: text}", "valueFromOneof: {parameterSelectors: []}", "root.dag.outputs.parameters.result", "says no task that gives it")]
    public void EachFault_IsFoundWithItsPlace(string good, string bad, string? path, string? words)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var text = Good.Replace(good, bad, StringComparison.Ordinal);

        var findings = Check(text);

        if (path is null)
        {
            // Numbers become text where text is taken.
            Assert.Empty(findings);
            return;
        }

        if (words is null)
        {
            Assert.Empty(findings);
            return;
        }

        var finding = Assert.Single(findings, f => f.IsError && f.Path == path && f.Message.Contains(words, StringComparison.Ordinal));
        Assert.Equal("p.yaml", finding.File);
        Assert.True(finding.Line > 0);
    }

    [Fact]
    public void Findings_StandWhereTheFaultStands()
    {
        var finding = Assert.Single(Check(Good.Replace("text: {componentInputParameter: greeting}", "text: {componentInputParameter: gone}", StringComparison.Ordinal)));

        Assert.Equal(Array.FindIndex(Good.Split('\n'), l => l.Contains("text: {componentInputParameter: greeting}", StringComparison.Ordinal)) + 1, finding.Line);
    }

    [Fact]
    public void AllFaults_AreToldAtOnce_InOrderOfTheirLines()
    {
        var problem = PipelineChecks.Require(Read(Good
            .Replace("name: sample", "name: Bad Name", StringComparison.Ordinal)
            .Replace("dependentTasks: [first]", "dependentTasks: [gone]", StringComparison.Ordinal)
            .Replace("count: {runtimeValue: {constant: 1.0}}", "count: {runtimeValue: {constant: x}}", StringComparison.Ordinal))).Problem!;

        Assert.Equal(3, problem.Faults.Count);
        Assert.StartsWith("p.yaml:2: pipelineInfo.name", problem.Faults[0].Path, StringComparison.Ordinal);
        Assert.Equal(problem.Faults.Select(f => int.Parse(f.Path.Split(':')[1], CultureInfo.InvariantCulture)).Order(), problem.Faults.Select(f => int.Parse(f.Path.Split(':')[1], CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("    executorLabel: exec-import\n    inputDefinitions: {parameters: {uri: {parameterType: STRING}}}", "    executorLabel: exec-import\n    inputDefinitions: {parameters: {uri: {parameterType: STRING}, n: {parameterType: NUMBER_INTEGER, isOptional: true}}}",
        "inputs: {parameters: {uri: {runtimeValue: {constant: s3://x}}}}", "inputs: {parameters: {uri: {runtimeValue: {constant: s3://x}}, n: {componentInputParameter: ratio}}}", "root.dag.tasks.import.inputs.parameters.n", "may have a fraction")]
    [InlineData("components:\n", "components:\n  unused: {dag: {tasks: {}}}\n", "x", "x", "components.unused", "no task that can be reached uses it")]
    [InlineData("components:\n", "components:\n  unused: {dag: {tasks: {never: {componentRef: {name: comp}, inputs: {parameters: {text: {runtimeValue: {constant: a}}}}}}}}\n", "x", "x", "components.unused", "its tasks never run: never")]
    public void WhatMayWork_IsAWarning(string good, string bad, string more, string moreBad, string path, string words)
    {
        var source = Read(Good.Replace(good, bad, StringComparison.Ordinal).Replace(more == "x" ? "\u0001" : more, moreBad, StringComparison.Ordinal));

        Assert.Contains(PipelineChecks.Of(source), f => !f.IsError && f.Path == path && f.Message.Contains(words, StringComparison.Ordinal));
        Assert.True(PipelineChecks.Require(source).Succeeded);
    }

    [Fact]
    public void LongChains_AreChecked_AndALongCircleIsFound()
    {
        static string Chain(int count, string first) => Sample.WithTasks(new StringBuilder(first).AppendJoin('\n', Enumerable.Range(1, count - 1).Select(i =>
            $"t{i}: {{componentRef: {{name: comp}}, inputs: {{parameters: {{x: {{taskOutputParameter: {{producerTask: t{i - 1}, outputParameterKey: x}}}}}}}}}}")).ToString());

        Assert.Empty(Check(Chain(5_000, "t0: {componentRef: {name: comp}}\n")));
        var finding = Assert.Single(Check(Chain(5_000, "t0: {componentRef: {name: comp}, dependentTasks: [t4999]}\n")));
        Assert.Contains("wait for each other in a circle", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GraphsThatMultiply_AreRefused()
    {
        var components = new StringBuilder();
        for (var level = 0; level < 12; level++)
        {
            components.Append(CultureInfo.InvariantCulture, $"  level{level}: {{dag: {{tasks: {{{string.Join(", ", Enumerable.Range(0, 10).Select(i => $"t{i}: {{componentRef: {{name: {(level == 11 ? "comp" : $"level{level + 1}")}}}}}"))}}}}}}}\n");
        }

        var text = Sample.WithTasks("a: {componentRef: {name: level0}}").Replace("components:\n", $"components:\n{components}", StringComparison.Ordinal);

        Assert.Contains("unfolds to more than 100000 tasks", Assert.Single(Check(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepGraphs_AreRefused()
    {
        var components = string.Concat(Enumerable.Range(0, 200).Select(level => $"  level{level}: {{dag: {{tasks: {{t: {{componentRef: {{name: {(level == 199 ? "comp" : $"level{level + 1}")}}}}}}}}}}}\n"));
        var text = Sample.WithTasks("a: {componentRef: {name: level0}}").Replace("components:\n", $"components:\n{components}", StringComparison.Ordinal);

        Assert.Contains("more than 50 deep", Assert.Single(Check(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyText_IsReadAndChecked_WithoutThrowing()
    {
        // Lines of a real pipeline, shuffled, dropped, doubled and cut.
        var random = new Random(17);
        var lines = Sample.Text("everything.yaml").Split('\n');
        for (var i = 0; i < 300; i++)
        {
            var mutated = lines.SelectMany(l => random.Next(120) switch
            {
                0 => Array.Empty<string>(),
                1 => [l, l],
                2 => [l[..random.Next(l.Length + 1)]],
                3 => [l.Replace(": ", ": [", StringComparison.Ordinal)],
                4 => ["  " + l],
                5 => [l.Replace("name", "parameters", StringComparison.Ordinal)],
                _ => [l],
            });
            if (PipelineReader.Read(string.Join('\n', mutated), "m").TryGet(out var source, out _))
            {
                PipelineChecks.Of(source);
                Slipway.PipelineLanguage.Writing.PipelineWriter.ToYaml(source.Spec);
            }
        }
    }

    private static PipelineSource Read(string text) => PipelineReader.Read(text, "p.yaml").OrThrow();

    private static IReadOnlyList<Finding> Check(string text) => PipelineChecks.Of(Read(text));
}
