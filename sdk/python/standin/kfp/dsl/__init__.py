"""What a component's source imports while it runs: ``from kfp.dsl import *``."""
from typing import Annotated, TypeVar

from kfp.dsl.types.artifact_types import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Markdown,
    Metrics,
    Model,
    SlicedClassificationMetrics,
    get_uri,
)
from kfp.dsl.types.type_annotations import EmbeddedAnnotation, InputAnnotation, InputPath, OutputAnnotation, OutputPath

__all__ = [
    "Input", "Output", "InputPath", "OutputPath", "PipelineTaskFinalStatus", "TaskConfig", "Artifact", "ClassificationMetrics", "Dataset", "HTML",
    "Markdown", "Metrics", "Model", "SlicedClassificationMetrics", "get_uri", "PIPELINE_JOB_NAME_PLACEHOLDER", "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    "PIPELINE_JOB_ID_PLACEHOLDER", "PIPELINE_TASK_NAME_PLACEHOLDER", "PIPELINE_TASK_ID_PLACEHOLDER", "PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER",
    "PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER", "PIPELINE_ROOT_PLACEHOLDER", "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
    "PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER", "WORKSPACE_PATH_PLACEHOLDER", "run_notebook",
]

PIPELINE_JOB_NAME_PLACEHOLDER = "{{$.pipeline_job_name}}"
PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER = "{{$.pipeline_job_resource_name}}"
PIPELINE_JOB_ID_PLACEHOLDER = "{{$.pipeline_job_uuid}}"
PIPELINE_TASK_NAME_PLACEHOLDER = "{{$.pipeline_task_name}}"
PIPELINE_TASK_ID_PLACEHOLDER = "{{$.pipeline_task_uuid}}"
PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER = "{{$.outputs.output_file}}"
PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER = "{{$}}"
PIPELINE_ROOT_PLACEHOLDER = "{{$.pipeline_root}}"
PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER = "{{$.pipeline_job_create_time_utc}}"
PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER = "{{$.pipeline_job_schedule_time_utc}}"
WORKSPACE_PATH_PLACEHOLDER = "{{$.workspace_path}}"

T = TypeVar("T")
Input = Annotated[T, InputAnnotation]
Output = Annotated[T, OutputAnnotation]
EmbeddedInput = Annotated[T, EmbeddedAnnotation]


class _Record:
    """A plain record with keyword fields; dataclasses would cost 10 ms of a step's start."""

    _fields = ()

    def __init__(self, **values):
        for name in self._fields:
            setattr(self, name, values.get(name))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self._fields)})"

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)


class PipelineTaskFinalStatus(_Record):
    """How the tasks that an exit task waited for have ended."""

    _fields = ("state", "pipeline_job_resource_name", "pipeline_task_name", "error_code", "error_message")


class TaskConfig(_Record):
    """What the task was configured with, for steps that start others like themselves."""

    _fields = ("affinity", "tolerations", "node_selector", "env", "volumes", "volume_mounts", "resources")


def run_notebook(**parameters):
    """Replaced by the source of a notebook component; by itself there is no notebook to run."""
    raise NotImplementedError("dsl.run_notebook runs only inside a notebook component")


def component(func=None, **_):
    """Leaves the function as it is: inside a step there is nothing to compile."""
    return func if func is not None else lambda wrapped: wrapped
