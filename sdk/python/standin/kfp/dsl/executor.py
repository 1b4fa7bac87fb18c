"""The executor, under the name that some sources import it by."""
from kfp.dsl.executor_main import Executor  # noqa: F401
