"""Runs one Kubeflow component as its compiled command would, without a shell, pip or a network."""
import os
import sys

from slipway.quickjson import loads


def main(spec_file, home):
    """Reads the spec that the server wrote and runs the component.

    The spec is JSON: ``module`` (path of the component's source, or null for one that ``kfp_config.ini`` names), ``argv`` (what the component's
    command line gave), ``require`` (the packages that the compiled command would have installed).
    """
    # Into a pipe Python would hold output back until there are 8 KiB of it; a log that is followed shows each line at once.
    sys.stdout.reconfigure(line_buffering=True)
    with open(spec_file, encoding="utf-8") as file:
        spec = loads(file.read())

    if spec["require"]:
        from slipway.requirements import refuse_missing

        refuse_missing(spec["require"])

    os.environ["_KFP_RUNTIME"] = "true"
    argv = list(spec["argv"])
    if spec.get("module"):
        argv = ["--component_module_path", spec["module"], *argv]

    sys.argv = ["kfp.dsl.executor_main", *argv]
    executor_main(home)()


def executor_main(home):
    """The installed kfp's executor, or the stand-in's when there is none or one from before version 2."""
    import kfp

    if str(getattr(kfp, "__version__", "2")).startswith(("0.", "1.")):
        for name in [n for n in sys.modules if n == "kfp" or n.startswith("kfp.")]:
            del sys.modules[name]
        sys.path.insert(1, os.path.join(home, "standin"))

    try:
        from kfp.dsl.executor_main import executor_main as run
    except ImportError:
        # Where it was up to 2.0.
        from kfp.components.executor_main import executor_main as run
    return run
