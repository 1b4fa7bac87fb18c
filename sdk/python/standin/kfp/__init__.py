"""Stands in for the Kubeflow Pipelines SDK inside a running step when that is not installed. It runs components; it does not compile or submit pipelines."""

__version__ = "2.15.2+slipway"
TYPE_CHECK = True


def __getattr__(name):
    raise AttributeError(
        f"kfp.{name} is not part of Slipway's stand-in for the kfp package, which only runs components. Install kfp for the Python of this step to use it."
    )
