"""``python3 -m kfp.dsl.executor_main``: loads the component's module, finds its function, runs it."""
import json
import os
import sys


def executor_main():
    options = _options(sys.argv[1:])
    name = options.get("--function_to_execute")
    if name is None or "--executor_input" not in options:
        sys.exit("kfp.dsl.executor_main needs --function_to_execute and --executor_input")

    module = _load(options.get("--component_module_path") or _configured(name))
    function = getattr(module, name, None)
    if function is None:
        sys.exit(f"there is no function {name} in {module.__file__}")

    from kfp.dsl.executor import Executor

    Executor(json.loads(options["--executor_input"]), getattr(function, "python_func", function)).execute()


# By hand: argparse takes 5 ms to load.
def _options(arguments):
    found = {}
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            option, equals, value = argument.partition("=")
            found[option] = value if equals else next(rest, None)
    return found


def _load(path):
    # What importlib's loaders do, without their search and without a compiled copy of a file that is used once.
    from types import ModuleType

    name = os.path.basename(path)[: -len(".py")]
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    folder = os.path.dirname(path)
    if folder and folder not in sys.path:
        sys.path.insert(0, folder)
    with open(path, encoding="utf-8") as file:
        source = file.read()
    # Tracebacks show the lines of what was run, also when the file is gone.
    exec(compile(source, path, "exec"), module.__dict__)
    return module


def _configured(name):
    """Components that were built into an image are listed in a file of the working folder."""
    from configparser import ConfigParser

    config = ConfigParser()
    config.optionxform = str
    if not config.read("kfp_config.ini") or not config.has_section("Components") or name not in config["Components"]:
        sys.exit(
            f"the source of the component {name} is not here: it was built into an image. "
            "Run it on a backend with images, or compile it as a lightweight component"
        )
    return os.path.abspath(config["Components"][name])


if __name__ == "__main__":
    executor_main()
