using System.Text;
using Slipway.Registry.Domain.Pickles;

namespace Slipway.Registry.Tests.Scanning;

/// <summary>The pickle scanner, on pickles that python3 itself makes.</summary>
public class PickleScanTests
{
    private const string Evil = "class E:\n  def __init__(s, f, *a): s.f, s.a = f, a\n  def __reduce__(s): return s.f, s.a\n";

    public static TheoryData<int> Protocols => [0, 1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task PlainData_OfEveryProtocolIsClean(int protocol) => Assert.Empty(await Python.ScanAsync(
        $"import datetime, decimal, uuid\nd = {{'a': [1, -2**70, 2.5, None, True], 'ü' * 300: (b'x' * 70000, {{3, 4}}, frozenset([5])), 'o': collections.OrderedDict(x=1), 't': datetime.datetime(2024, 1, 1), 'd': decimal.Decimal('1.5'), 'u': uuid.UUID(int=7), 'b': bytearray(b'y'), 'self': []}}\nd['self'].append(d)\nd['again'] = [d['o']] * 3\nout.write(pickle.dumps(d, {protocol}))"));

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Commands_AreFoundInEveryProtocol(int protocol) => Assert.Equal(
        ["dangerous posix.system"], await Python.ScanAsync($"{Evil}out.write(pickle.dumps({{'w': [1, 2], 'e': E(os.system, 'id')}}, {protocol}))"));

    [Theory]
    [InlineData("E(eval, '1')", "dangerous builtins.eval")]
    [InlineData("E(exec, '1')", "dangerous builtins.exec")]
    [InlineData("E(__import__, 'os')", "dangerous builtins.__import__")]
    [InlineData("E(getattr, 1, 'real')", "dangerous builtins.getattr")]
    [InlineData("E(__import__('subprocess').Popen, 'id')", "dangerous subprocess.Popen")]
    [InlineData("E(__import__('runpy').run_path, 'x')", "dangerous runpy.run_path")]
    [InlineData("E(__import__('socket').socket)", "dangerous socket.socket")]
    [InlineData("E(__import__('shutil').rmtree, '/')", "dangerous shutil.rmtree")]
    [InlineData("E(__import__('operator').attrgetter, 'system')", "dangerous operator.attrgetter")]
    [InlineData("E(__import__('timeit').timeit, '1')", "dangerous timeit.timeit")]
    [InlineData("E(__import__('calendar').TextCalendar)", "suspicious calendar.TextCalendar")]
    public async Task WhatItWouldImport_IsNamed(string value, string finding) =>
        Assert.Contains(finding, await Python.ScanAsync($"{Evil}out.write(pickle.dumps({value}))"));

    [Theory]
    [InlineData("b'cos\\nsystem\\n(S\"id\"\\ntR.'", "dangerous os.system")]
    [InlineData("b'(S\"id\"\\nios\\nsystem\\n.'", "dangerous os.system")]
    [InlineData("b'(cos\\nsystem\\nS\"id\"\\no.'", "dangerous os.system")]
    [InlineData("b'\\x80\\x04\\x8c\\x02os\\x94\\x8c\\x06system\\x94\\x93\\x94.'", "dangerous os.system")]
    [InlineData("b'\\x80\\x04\\x8c\\x02os\\x94\\x8c\\x06system\\x94h\\x00h\\x01\\x93.'", "dangerous os.system")]
    [InlineData("b'\\x80\\x04V\\\\u006fs\\nVsystem\\n\\x93.'", "dangerous os.system")]
    [InlineData("b'\\x80\\x04\\x8c\\x05torch\\x8c\\x09os.system\\x93.'", "dangerous torch.os.system")]
    [InlineData("b'\\x80\\x04\\x8c\\x05numpy\\x8c\\x08f.system\\x93.'", "dangerous numpy.f.system")]
    [InlineData("b'\\x80\\x04cbuiltins\\nlist\\n)R\\x8c\\x06system\\x93.'", "dangerous hidden import")]
    [InlineData("b'\\x80\\x02\\x82\\x01.'", "suspicious extension code")]
    // The memo is counted exactly: a PUT twice into one slot must not shift what MEMOIZE remembers.
    [InlineData("b'\\x80\\x04\\x8c\\x01xq\\x00q\\x000\\x8c\\x02os\\x940\\x8c\\x06system\\x940h\\x01h\\x02\\x93.'", "dangerous os.system")]
    public async Task HandMadeTricks_AreSeenThrough(string literal, string finding) => Assert.Contains(finding, await Python.ScanAsync($"out.write({literal})"));

    [Fact]
    public async Task ASecondPickleBehindTheFirst_IsReadToo() => Assert.Equal(
        ["dangerous posix.system"], await Python.ScanAsync($"{Evil}out.write(pickle.dumps(1) + pickle.dumps(E(os.system, 'id')) + b'raw tensors')"));

    [Fact]
    public async Task CutOffAndForeignBytes_AreUnreadableNotClean()
    {
        Assert.Equal(["unreadable pickle"], await Python.ScanAsync("out.write(pickle.dumps(list(range(1000)))[:-5])"));
        Assert.Equal(["unreadable pickle"], Python.Scan(Encoding.UTF8.GetBytes("hello, this is no pickle")));
        Assert.Equal(["dangerous posix.system", "unreadable pickle"], (await Python.ScanAsync($"{Evil}out.write(pickle.dumps(E(os.system, 'id'))[:-1])")).Order());
        Assert.Empty(Python.Scan([], "empty.json"));
    }

    [Fact]
    public async Task TorchArchives_AreOpened()
    {
        const string Torch =
            Evil + "b = io.BytesIO()\nz = zipfile.ZipFile(b, 'w')\nz.writestr('archive/data.pkl', pickle.dumps(X, 2))\nz.writestr('archive/data/0', b'\\x80\\x02' + b'\\xff' * 5000)\nz.writestr('archive/version', '3')\nz.close()\nout.write(b.getvalue())";
        Assert.Equal(["dangerous posix.system"], await Python.ScanAsync(Torch.Replace("X", "E(os.system, 'id')", StringComparison.Ordinal), "weights.anything"));
        Assert.Empty(await Python.ScanAsync(Torch.Replace("X", "{'w': 1}", StringComparison.Ordinal), "model.pt"));
    }

    [Fact]
    public async Task CompressedPickles_AreUnpackedOrSaidToBeUnreadable()
    {
        var pickle = $"{Evil}p = pickle.dumps(E(os.system, 'id'))\n";
        Assert.Equal(["dangerous posix.system"], await Python.ScanAsync(pickle + "out.write(zlib.compress(p))", "model.joblib"));
        Assert.Equal(["dangerous posix.system"], await Python.ScanAsync(pickle + "out.write(gzip.compress(p))", "model.pkl.gz"));
        Assert.Equal(["unreadable file"], await Python.ScanAsync(pickle + "import lzma\nout.write(lzma.compress(p))", "model.joblib"));
    }

    // joblib puts an array's bytes behind the object that describes it: the bytes here begin like a command.
    private const string Joblib =
        """
        import types
        mods = {}
        for m in ('joblib', 'joblib.numpy_pickle', 'numpy'):
            mods[m] = types.ModuleType(m); sys.modules[m] = mods[m]
        class NumpyArrayWrapper: pass
        NumpyArrayWrapper.__module__ = 'joblib.numpy_pickle'; NumpyArrayWrapper.__qualname__ = 'NumpyArrayWrapper'
        class dtype:
            def __init__(s, t, a=False, c=True): s.t = t
            def __reduce__(s): return dtype, (s.t, False, True)
        dtype.__module__ = 'numpy'; dtype.__qualname__ = 'dtype'
        mods['joblib.numpy_pickle'].NumpyArrayWrapper = NumpyArrayWrapper; mods['numpy'].dtype = dtype
        class P(pickle._Pickler):
            def save(s, o, save_persistent_id=True):
                super().save(o, save_persistent_id)
                if isinstance(o, NumpyArrayWrapper):
                    if s.proto >= 4: s.framer.commit_frame(force=True)
                    s._f.write(o.raw)
        def dump(shape, kind, raw, rest, proto, align=None):
            b = io.BytesIO(); p = P(b, proto); p._f = b
            w = NumpyArrayWrapper(); w.shape, w.order, w.dtype, w.numpy_array_alignment_bytes = shape, 'C', dtype(kind), align
            class Holder(NumpyArrayWrapper): pass
            w2 = NumpyArrayWrapper(); w2.__dict__.update(w.__dict__)
            NumpyArrayWrapper.__getstate__ = lambda s: {k: v for k, v in s.__dict__.items() if k != 'raw'}
            w2.raw = raw
            p.dump({'a': w2, 'rest': rest})
            return b.getvalue()

        """;

    [Theory]
    [InlineData("dump((2, 3), 'f8', b'cos\\nsystem\\n' + b'.' * 38, 1, 4)", "")]
    [InlineData("dump((4,), 'U5', b'\\x80' * 80, E(os.system, 'id'), 4)", "dangerous posix.system")]
    [InlineData("dump((3,), 'i4', b'\\x05' + b'\\xff' * 5 + b'.' * 12, E(os.system, 'id'), 3, 16)", "dangerous posix.system")]
    [InlineData("dump((2,), 'O', pickle.dumps([E(os.system, 'id')]), 1, 4)", "dangerous posix.system")]
    [InlineData("dump((2,), 'nonsense', b'', 1, 4)", "unreadable pickle")]
    public async Task JoblibArrays_AreSteppedOver(string value, string finding) =>
        Assert.Equal(finding.Length == 0 ? [] : [finding], await Python.ScanAsync(Joblib + Evil + $"out.write({value})", "model.joblib"));

    [Fact]
    public void NumpyArraysOfObjects_HoldPickles()
    {
        var header = Encoding.Latin1.GetBytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n");
        byte[] array = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. "cos\nsystem\n(tR."u8];
        Assert.Equal(["dangerous os.system"], Python.Scan(array, "x.npy"));
        array[array.AsSpan().IndexOf("|O"u8) + 1] = (byte)'f';
        Assert.Empty(Python.Scan(array, "x.npy"));
    }

    [Fact]
    public void EveryByteString_IsAnsweredWithoutAFault()
    {
        var random = new Random(11);
        for (var i = 0; i < 3_000; i++)
        {
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = i % 2 == 0 ? (byte)0x80 : bytes[0];
            Assert.NotNull(Python.Scan(bytes));
        }
    }

    [Theory]
    [InlineData("numpy.core.multiarray", "_reconstruct", "Harmless")]
    [InlineData("sklearn.ensemble._forest", "RandomForestClassifier", "Harmless")]
    [InlineData("numpy.testing._private.utils", "runstring", "Dangerous")]
    [InlineData("numpy", "load", "Dangerous")]
    [InlineData("torch", "load", "Dangerous")]
    [InlineData("builtins", "ValueError", "Harmless")]
    [InlineData("builtins", "set.__class__", "Dangerous")]
    [InlineData("my_company.models", "Net", "Suspicious")]
    public void Names_AreJudged(string module, string name, string level) => Assert.Equal(level, PickleRules.Of(module, name).Level.ToString());
}
