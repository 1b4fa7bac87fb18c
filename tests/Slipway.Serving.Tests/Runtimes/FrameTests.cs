using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Serving.Runtimes.Python;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Tests.Runtimes;

/// <summary>What comes from a worker is somebody else's: whatever the bytes, it is an answer or a broken frame, never another fault.</summary>
public sealed class FrameTests
{
    private const string Answer = """
        {"type":"answer","id":3,"outputs":[{"name":"label","datatype":"BYTES","shape":[2],"bytes":13},{"name":"p","datatype":"FP64","shape":[2,1],"bytes":16}],"classes":["a"]}
        """;

    private static readonly byte[] Blocks = [2, 0, 0, 0, (byte)'h', (byte)'i', 3, 0, 0, 0, (byte)'y', (byte)'o', (byte)'u', .. BitConverter.GetBytes(0.5), .. BitConverter.GetBytes(-2.0)];

    [Fact]
    public void AnAnswer_IsReadAsItWasSent()
    {
        using var tensors = Read(Encoding.UTF8.GetBytes(Answer), Blocks, [1, 0])!;

        Assert.Equal(2, tensors.Count);
        Assert.Equal([0.5, -2.0], tensors.Values<double>(0).ToArray());
        Assert.Equal(["hi", "you"], [tensors.TextAt(1, 0), tensors.TextAt(1, 1)]);
    }

    [Fact]
    public void RandomChanges_AreAnAnswerOrABrokenFrame()
    {
        var random = new Random(7);
        var (header, understood) = (Encoding.UTF8.GetBytes(Answer), 0);
        for (var round = 0; round < 20_000; round++)
        {
            var (changedHeader, changedBlocks) = ((byte[])header.Clone(), (byte[])Blocks.Clone());
            for (var i = 0; i < 1 + (round % 3); i++)
            {
                changedHeader[random.Next(changedHeader.Length)] = (byte)random.Next(round % 2 == 0 ? 256 : 128);
                changedBlocks[random.Next(changedBlocks.Length)] = (byte)random.Next(256);
            }

            var blocks = round % 5 == 0 ? changedBlocks[..random.Next(changedBlocks.Length)] : changedBlocks;
            using var tensors = Read(round % 4 == 0 ? header : changedHeader, blocks, null);
            understood += tensors is null ? 0 : 1;
        }

        Assert.InRange(understood, 1, 19_999);
    }

    [Fact]
    public void HeadsOfFrames_AreChecked()
    {
        var random = new Random(11);
        byte[] good = [(byte)'S', (byte)'L', (byte)'W', (byte)'1', 9, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal((9, 5), Frame.ReadHead(good, 100));
        Assert.Throws<BrokenFrameException>(() => Frame.ReadHead(good, 4));
        for (var round = 0; round < 5_000; round++)
        {
            var head = new byte[Frame.HeadBytes];
            random.NextBytes(head);
            "SLW1"u8.CopyTo(round % 2 == 0 ? head : new byte[4]);
            try
            {
                var (header, blocks) = Frame.ReadHead(head, 1000);
                Assert.InRange(header, 1, Frame.LongestHeader);
                Assert.InRange(blocks, 0, 1000);
            }
            catch (BrokenFrameException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public async Task TheWorkersReader_TakesFramesAndNothingElse()
    {
        var printed = await PythonModels.RunAsync(Path.GetTempPath(), $$"""
            import random, socket, sys
            sys.path.insert(0, {{System.Text.Json.JsonSerializer.Serialize(Path.Combine(Root(), "sdk", "python"))}})
            import numpy
            from slipway.serving import frames, tensors

            described, blocks = tensors.write_all({"x": numpy.arange(6.0).reshape(2, 3), "t": numpy.array(["a", "Zürich", ""], object), "b": numpy.array([True])})
            left, right = socket.socketpair()
            frames.send(left, {"type": "infer", "id": 1, "inputs": described}, blocks)
            left.shutdown(socket.SHUT_WR)
            whole = b""
            while True:
                part = right.recv(65536)
                if not part:
                    break
                whole += part
            random.seed(5)

            def read(raw):
                ours, theirs = socket.socketpair()
                ours.sendall(raw)
                ours.close()
                try:
                    frame = frames.receive(theirs, 1 << 20)
                    return frame and tensors.read_all(frame[0].get("inputs"), frame[1])
                except frames.BrokenFrame:
                    return "broken"
                finally:
                    theirs.close()

            good = read(whole)
            assert good["x"].tolist() == [[0, 1, 2], [3, 4, 5]] and list(good["t"]) == ["a", "Zürich", ""] and good["b"].tolist() == [True]
            assert read(b"") is None
            counts = {"broken": 0, "read": 0}
            for round in range(4000):
                raw = bytearray(whole)
                for _ in range(1 + round % 3):
                    raw[random.randrange(len(raw))] = random.randrange(256)
                if round % 5 == 0:
                    raw = raw[:random.randrange(1, len(raw))]
                counts["broken" if isinstance(read(bytes(raw)), str) else "read"] += 1
            assert counts["broken"] > 100 and counts["read"] > 100, counts
            print("ok")
            """);
        Assert.Equal("ok", printed);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    private static WorkerTensors? Read(byte[] header, byte[] bytes, int[]? order)
    {
        var blocks = new PooledBlock(bytes.Length);
        bytes.CopyTo(blocks.Memory);
        try
        {
            var message = WorkerMessage.Parse(header);
            return new WorkerTensors(message.Outputs, blocks, message.Classes, order ?? [.. Enumerable.Range(0, message.Outputs.Count)]);
        }
        catch (BrokenFrameException)
        {
            blocks.Dispose();
            return null;
        }
    }
}
