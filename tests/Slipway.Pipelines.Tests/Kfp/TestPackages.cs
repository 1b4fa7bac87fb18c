using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Slipway.Pipelines.Tests.Kfp;

/// <summary>Small pipelines as the SDK compiles them.</summary>
internal static class TestPackages
{
    /// <summary>One container step that writes nothing, with a parameter of each kind of requirement.</summary>
    public const string Hello = """
        # PIPELINE DEFINITION
        # Name: hello
        components:
          comp-echo:
            executorLabel: exec-echo
            inputDefinitions:
              parameters:
                text:
                  parameterType: STRING
        deploymentSpec:
          executors:
            exec-echo:
              container:
                args:
                - '{{$.inputs.parameters[''text'']}}'
                command:
                - echo
                image: alpine
        pipelineInfo:
          name: hello
        root:
          dag:
            tasks:
              echo:
                componentRef:
                  name: comp-echo
                inputs:
                  parameters:
                    text:
                      componentInputParameter: text
                taskInfo:
                  name: echo
          inputDefinitions:
            parameters:
              count:
                defaultValue: 3.0
                isOptional: true
                parameterType: NUMBER_INTEGER
              text:
                parameterType: STRING
        schemaVersion: 2.1.0
        sdkVersion: kfp-2.15.2
        """;

    /// <summary>Built-in steps, so that a run of it needs no process: <c>first</c>, then <c>second</c> with its output; both of component test/echo.</summary>
    public const string BuiltIn = """
        {
          "pipelineInfo": {"name": "built-in"},
          "schemaVersion": "2.1.0",
          "components": {
            "comp-echo": {
              "executorLabel": "exec-echo",
              "inputDefinitions": {"parameters": {"v": {"parameterType": "STRING"}}},
              "outputDefinitions": {"parameters": {"v": {"parameterType": "STRING"}, "step": {"parameterType": "STRING"}}}
            }
          },
          "deploymentSpec": {"executors": {"exec-echo": {"container": {"image": "slipway.dev/component", "command": ["test/echo"]}}}},
          "root": {
            "inputDefinitions": {"parameters": {"v": {"parameterType": "STRING"}, "n": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3.0}}},
            "dag": {
              "tasks": {
                "first": {"taskInfo": {"name": "first"}, "componentRef": {"name": "comp-echo"}, "inputs": {"parameters": {"v": {"componentInputParameter": "v"}}}},
                "second": {
                  "taskInfo": {"name": "second"}, "componentRef": {"name": "comp-echo"}, "dependentTasks": ["first"],
                  "inputs": {"parameters": {"v": {"runtimeValue": {"constant": "again"}}}}
                }
              }
            }
          }
        }
        """;

    public static byte[] HelloBytes => Encoding.UTF8.GetBytes(Hello);

    public static byte[] Zip(string name, byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry(name).Open();
            entry.Write(content);
        }

        return buffer.ToArray();
    }

    public static byte[] TarGz(string name, byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            using var data = new MemoryStream(content);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
        }

        return buffer.ToArray();
    }
}
