namespace Slipway.Registry.Domain.Pickles;

/// <summary>Which names a pickle may import. What is on neither list is suspicious: loading calls it, and nobody looked at it.</summary>
internal static class PickleRules
{
    private static readonly HashSet<string> DangerousModules = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "sys", "subprocess", "_posixsubprocess", "pty", "shutil", "tempfile", "glob", "pathlib", "io", "_io", "fileinput", "mmap", "fcntl", "signal",
        "socket", "_socket", "ssl", "select", "selectors", "socketserver", "http", "urllib", "urllib2", "httplib", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "nntplib",
        "xmlrpc", "webbrowser", "requests", "httpx", "aiohttp", "paramiko", "asyncio", "multiprocessing", "concurrent", "threading", "_thread",
        "importlib", "imp", "pkgutil", "runpy", "zipimport", "site", "pip", "ensurepip", "venv", "distutils", "setuptools", "code", "codeop", "pdb", "bdb", "cProfile", "profile",
        "timeit", "trace", "doctest", "pydoc", "idlelib", "lib2to3", "_osx_support", "_aix_support", "platform", "ctypes", "_ctypes", "cffi", "marshal", "pickle", "_pickle", "cPickle",
        "dill", "cloudpickle", "shelve", "dbm", "sqlite3", "types", "inspect", "gc", "weakref", "atexit", "linecache", "ast", "compileall", "py_compile", "builtins.eval", "commands",
        "popen2", "sysconfig", "test", "unittest", "pytest", "getpass", "pwd", "grp", "resource", "syslog", "termios", "tty", "curses", "readline", "rlcompleter", "tkinter",
    };

    // In builtins (and __builtin__ of Python 2) these do more than make values.
    private static readonly HashSet<string> DangerousBuiltins = new(StringComparer.Ordinal)
    {
        "eval", "exec", "execfile", "compile", "open", "file", "input", "raw_input", "__import__", "getattr", "setattr", "delattr", "globals", "locals", "vars", "breakpoint", "help",
        "apply", "reload", "memoryview", "map", "filter", "print", "exit", "quit", "type", "super", "classmethod", "staticmethod", "property", "__build_class__", "iter", "next", "reduce",
        "dir", "hasattr", "callable", "copyright", "credits", "license",
    };

    // Single functions of modules that else are fine.
    private static readonly HashSet<string> DangerousNames = new(StringComparer.Ordinal)
    {
        "operator.attrgetter", "operator.methodcaller", "operator.itemgetter", "_operator.attrgetter", "_operator.methodcaller", "functools.partial", "functools.reduce", "_functools.reduce",
        "numpy.load", "numpy.loadtxt", "numpy.fromfile", "numpy.save", "numpy.savetxt", "numpy.memmap", "numpy.testing._private.utils.runstring", "numpy.testing.utils.runstring",
        "numpy.f2py.crackfortran.getlincoef", "numpy.f2py.crackfortran._eval_length", "pandas.eval", "pandas.read_pickle", "pandas.io.pickle.read_pickle", "torch.load", "torch.hub.load",
        "torch.jit.load", "torch.classes.load_library", "torch.ops.load_library", "joblib.load", "joblib.numpy_pickle.load", "copyreg.add_extension", "copy_reg.add_extension",
        "sklearn.utils.fixes.exec", "torch._inductor.codecache.compile_file", "torch.utils._config_module.load_config", "torch._dynamo.guards.GuardBuilder.get", "logging.config.listen",
        "torch.utils.bottleneck.__main__.run_cprofile", "torch.utils.bottleneck.__main__.run_autograd_prof", "torch.utils.collect_env.run", "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
        "torch.serialization.load", "torch.cuda.nccl.load",
    };

    private static readonly HashSet<string> SafeBuiltins = new(StringComparer.Ordinal)
    {
        "set", "frozenset", "dict", "list", "tuple", "int", "long", "float", "complex", "bool", "str", "unicode", "bytes", "bytearray", "object", "slice", "range", "xrange", "Ellipsis",
        "NotImplemented", "None",
    };

    // A module or everything below it.
    private static readonly string[] SafeModules =
    [
        "numpy", "scipy", "sklearn", "pandas", "xgboost", "lightgbm", "catboost", "statsmodels", "torch", "torchvision", "joblib.numpy_pickle", "collections", "datetime", "decimal", "fractions",
        "uuid", "copyreg", "copy_reg", "_codecs", "array", "zoneinfo", "pytz", "re", "onnx", "skl2onnx", "category_encoders", "imblearn", "pyarrow.lib", "polars", "enum", "string", "math",
    ];

    // Roads from a harmless object to everything.
    private static readonly string[] DangerousParts =
    [
        "__globals__", "__builtins__", "__import__", "__subclasses__", "__code__", "__loader__", "__class__", "__dict__", "__mro__", "__init_subclass__", "__reduce__", "__reduce_ex__", "__getattribute__",
        "system", "popen", "eval", "exec", "spawn", "check_output", "run_module", "run_path", "import_module",
    ];

    public static (PickleLevel Level, string Why) Of(string module, string name)
    {
        var root = module.Split('.')[0];
        if (root is "builtins" or "__builtin__" or "__builtins__")
        {
            return name.Split('.') is [var only] && SafeBuiltins.Contains(only)
                ? (PickleLevel.Harmless, "")
                : DangerousBuiltins.Contains(name.Split('.')[0]) || name.Contains('.', StringComparison.Ordinal)
                    ? (PickleLevel.Dangerous, "a builtin that runs code or reaches into objects")
                    : Exception(name) ? (PickleLevel.Harmless, "") : (PickleLevel.Suspicious, "a builtin that makes no plain value");
        }

        if (DangerousModules.Contains(root) || DangerousModules.Contains(module))
        {
            return (PickleLevel.Dangerous, $"{root} runs commands, imports code, or reaches files and the net");
        }

        if (DangerousNames.Contains($"{module}.{name}"))
        {
            return (PickleLevel.Dangerous, "calls what its arguments name, or loads code");
        }

        // Modules hand on what they imported: torch.os.system, numpy.distutils.exec_command.exec_command.
        var parts = module.Split('.').Skip(1).Concat(name.Split('.')).ToArray();
        if (parts.Any(p => DangerousParts.Contains(p, StringComparer.Ordinal)) || parts.Any(p => p is "os" or "sys" or "subprocess" or "builtins" or "importlib" or "ctypes" or "distutils"))
        {
            return (PickleLevel.Dangerous, "reaches through a harmless module to one that is not");
        }

        return SafeModules.Any(safe => module == safe || module.StartsWith(safe + ".", StringComparison.Ordinal))
            ? (PickleLevel.Harmless, "")
            : (PickleLevel.Suspicious, $"nothing is known of {root}; loading runs its code");
    }

    private static bool Exception(string name) => name.EndsWith("Error", StringComparison.Ordinal) || name.EndsWith("Exception", StringComparison.Ordinal);
}
