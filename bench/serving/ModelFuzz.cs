using System.Diagnostics;
using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Bench.Serving;

/// <summary>
/// Spoilt model files, loaded and run once each in a program of their own: which of them take the whole process along? Such a program says which one
/// it takes up, so that its last words name the one that ended it.
/// </summary>
internal static class ModelFuzz
{
    /// <summary>Runs children until all seeds are done, and tells what became of them.</summary>
    public static async Task RunAsync(int from, int count, string? keep)
    {
        var (next, end, deaths) = (from, from + count, new List<(int Seed, int Code)>());
        while (next < end)
        {
            using var child = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath!, ["spoilt", next.ToString(CultureInfo.InvariantCulture), end.ToString(CultureInfo.InvariantCulture)])
                { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = child.StandardError.ReadToEndAsync();
            var last = next - 1;
            using var patience = new CancellationTokenSource();
            try
            {
                patience.CancelAfter(TimeSpan.FromSeconds(30));
                while (await child.StandardOutput.ReadLineAsync(patience.Token) is { } line)
                {
                    if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
                    {
                        last = seed;
                        patience.CancelAfter(TimeSpan.FromSeconds(30));
                    }
                    else
                    {
                        Console.WriteLine(line);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                child.Kill();
            }

            await child.WaitForExitAsync();
            if (child.ExitCode != 0)
            {
                deaths.Add((last, child.ExitCode));
                Console.WriteLine($"seed {last}: the process ended with {child.ExitCode}: {(await errors).Split('\n')[0]}");
                if (keep is not null)
                {
                    Directory.CreateDirectory(keep);
                    await File.WriteAllBytesAsync(Path.Combine(keep, $"{last}.onnx"), Spoilt(last));
                }
            }

            next = last + 1;
        }

        Console.WriteLine($"{count} spoilt models, {deaths.Count} of which ended the process");
    }

    /// <summary>The child's part.</summary>
    public static void Load(int from, int end)
    {
        var (loaded, ran, refused) = (0, 0, 0);
        for (var seed = from; seed < end; seed++)
        {
            Console.WriteLine(seed);
            Console.Out.Flush();
            if (!OnnxModel.Load(Spoilt(seed)).TryGet(out var model, out _))
            {
                refused++;
                continue;
            }

            using (model)
            {
                loaded++;
                var inputs = model.Inputs.Select(i =>
                {
                    long[] shape = [.. i.Dims.Select(d => d < 0 ? 2 : Math.Min(d, 64))];
                    var elements = (int)Math.Min(shape.Aggregate(1L, (a, b) => a * b), 1 << 20);
                    return i.Type == OnnxType.BYTES
                        ? OnnxInput.Strings(i.Name, [.. Enumerable.Repeat("a", elements)], shape)
                        : OnnxInput.From(i.Name, i.Type, new ArraySegment<byte>(new byte[elements * i.Type.Size()]), shape);
                }).ToArray();
                if (model.Run(inputs).TryGet(out var outputs, out _))
                {
                    ran++;
                    outputs.Dispose();
                }
            }
        }

        Console.WriteLine($"refused {refused}, loaded {loaded}, ran {ran}");
    }

    private static byte[] Spoilt(int seed)
    {
        var random = new Random(seed);
        var model = (seed % 5) switch
        {
            0 => Networks.Tabular(),
            1 => Small,
            2 => Texts,
            3 => Labels,
            _ => Reshaped,
        };
        var changes = 1 + random.Next(3);
        for (var i = 0; i < changes && model.Length > 1; i++)
        {
            model = Change(model, random);
        }

        return model;
    }

    private static byte[] Change(byte[] model, Random random)
    {
        // Weights are most of a file and say little: what is changed lies mostly near its ends.
        var at = random.Next(3) == 0 ? random.Next(model.Length) : random.Next(Math.Min(model.Length, 400));
        switch (random.Next(7))
        {
            case 0:
                model = [.. model];
                model[at] ^= (byte)(1 << random.Next(8));
                return model;
            case 1:
                model = [.. model];
                model[at] = (byte)random.Next(256);
                return model;
            case 2:
                return model[..Math.Max(at, 1)];
            case 3:
                return [.. model[..at], .. model[Math.Min(model.Length, at + 1 + random.Next(8))..]];
            case 4:
                return [.. model[..at], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, .. model[at..]];
            case 5:
                var length = Math.Min(random.Next(40), model.Length - at);
                return [.. model[..at], .. model.AsSpan(at, length), .. model.AsSpan(at)];
            default:
                model = [.. model];
                model[at] = new byte[] { 0, 1, 0x7f, 0x80, 0xff, 16, 10, 8 }[random.Next(8)];
                return model;
        }
    }

    private static byte[] Small => OnnxWriter.Model(
        [OnnxWriter.Node("Conv", ["x", "w"], ["c"], "", OnnxWriter.Ints("kernel_shape", 3, 3), OnnxWriter.Ints("pads", 1, 1, 1, 1), OnnxWriter.Ints("strides", 1, 1)),
            OnnxWriter.Node("MaxPool", ["c"], ["y"], "", OnnxWriter.Ints("kernel_shape", 2, 2))],
        [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 2, 8, 8)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2, 7, 7)],
        weights: [OnnxWriter.Weights("w", [2, 2, 3, 3], new float[36])]);

    private static byte[] Texts => OnnxWriter.Model(
        [OnnxWriter.Node("LabelEncoder", ["t"], ["n"], "ai.onnx.ml", OnnxWriter.Strings("keys_strings", "a", "b"), OnnxWriter.Ints("values_int64s", 1, 2)),
            OnnxWriter.Node("Cast", ["n"], ["y"], "", OnnxWriter.Int("to", 1))],
        [OnnxWriter.Tensor("t", OnnxType.BYTES, -1, 2)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 2)]);

    private static byte[] Labels => OnnxWriter.Model(
        [OnnxWriter.Node("Softmax", ["x"], ["p"], "", OnnxWriter.Int("axis", 1)), OnnxWriter.Node("ZipMap", ["p"], ["z"], "ai.onnx.ml", OnnxWriter.Strings("classlabels_strings", "a", "b"))],
        [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 2)], [OnnxWriter.SequenceOfMaps("z", OnnxType.BYTES)]);

    private static byte[] Reshaped => OnnxWriter.Model(
        [OnnxWriter.Node("Transpose", ["x"], ["t"], "", OnnxWriter.Ints("perm", 0, 2, 1)), OnnxWriter.Node("Gather", ["t", "i"], ["g"], "", OnnxWriter.Int("axis", 1)),
            OnnxWriter.Node("Concat", ["g", "g"], ["c"], "", OnnxWriter.Int("axis", 2)), OnnxWriter.Node("Slice", ["c", "i", "j"], ["y"])],
        [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 3, 4), OnnxWriter.Tensor("i", OnnxType.INT64, 2), OnnxWriter.Tensor("j", OnnxType.INT64, 2)],
        [OnnxWriter.Tensor("y", OnnxType.FP32, -1, -1, -1)]);
}
