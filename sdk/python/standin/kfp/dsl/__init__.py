"""
What a component's source imports while it runs: ``from kfp.dsl import *``. The artifact classes and annotations stand here too, not in modules of their
own: each module costs a step half a millisecond (``typing`` eight, so it is not used here). What artifacts log lands in ``metadata``, in the shapes that the pipelines UI draws.
"""
import os

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

# Object stores that some backends mount; a path below one of these stands for an address there.
_MOUNTS = (("gs://", "/gcs/"), ("s3://", "/s3/"), ("minio://", "/minio/"))
_OCI = ("oci://", "/oci/")

_task_root = None


class Artifact:
    """Something a step reads or writes: a file or folder at ``path``, known elsewhere by ``uri``."""

    schema_title = "system.Artifact"
    schema_version = "0.0.1"

    def __init__(self, name=None, uri=None, metadata=None):
        self.name = name or ""
        self.uri = uri or ""
        self.metadata = metadata or {}
        self.custom_path = ""

    def _local_path(self):
        if self.custom_path:
            return self.custom_path
        path = self.uri
        for address, mount in _MOUNTS:
            if path.startswith(address):
                path = mount + path[len(address):]
                break
        else:
            if path.startswith(_OCI[0]):
                path = _OCI[1] + path[len(_OCI[0]):].replace("/", "_")
        if self.metadata.get("_kfp_workspace") is True:
            path = os.path.join(os.environ.get("SLIPWAY_WORKSPACE", "/kfp-workspace"), ".artifacts", path.lstrip("/"))
        return path

    @property
    def path(self):
        return self._local_path()

    @path.setter
    def path(self, path):
        self.uri = convert_local_path_to_remote_path(path)

    def set_path(self, path):
        """Reads and writes at this path from now on, and leaves the uri as it is."""
        self.custom_path = path


class Dataset(Artifact):
    schema_title = "system.Dataset"


class Model(Artifact):
    schema_title = "system.Model"

    @property
    def path(self):
        path = self._local_path()
        # Images that carry a model hold it in one folder.
        return path + "/models" if self.uri.startswith(_OCI[0]) else path

    @path.setter
    def path(self, path):
        self.uri = convert_local_path_to_remote_path(path)

    @property
    def framework(self):
        return self.metadata.get("framework", "")

    @framework.setter
    def framework(self, framework):
        self.metadata["framework"] = framework


class HTML(Artifact):
    schema_title = "system.HTML"


class Markdown(Artifact):
    schema_title = "system.Markdown"


class Metrics(Artifact):
    schema_title = "system.Metrics"

    def log_metric(self, metric, value):
        self.metadata[metric] = value


class ClassificationMetrics(Artifact):
    """An ROC curve under ``confidenceMetrics`` and a confusion matrix under ``confusionMatrix``."""

    schema_title = "system.ClassificationMetrics"

    def log_roc_data_point(self, fpr, tpr, threshold):
        point = {"confidenceThreshold": threshold, "recall": tpr, "falsePositiveRate": fpr}
        self.metadata.setdefault("confidenceMetrics", []).append(point)

    def log_roc_curve(self, fpr, tpr, threshold):
        if not len(fpr) == len(tpr) == len(threshold):
            raise ValueError(f"fpr, tpr and threshold must have the same length; they have {len(fpr)}, {len(tpr)} and {len(threshold)}")
        for point in zip(fpr, tpr, threshold):
            self.log_roc_data_point(*point)

    def set_confusion_matrix_categories(self, categories):
        self._categories = list(categories)
        self.metadata["confusionMatrix"] = {
            "annotationSpecs": [{"displayName": category} for category in self._categories],
            "rows": [{"row": [0] * len(self._categories)} for _ in self._categories],
        }

    def log_confusion_matrix_row(self, row_category, row):
        if len(row) != len(self._known_categories(row_category)):
            raise ValueError(f"the row of {row_category} must have {len(self._categories)} numbers; it has {len(row)}")
        self.metadata["confusionMatrix"]["rows"][self._categories.index(row_category)] = {"row": list(row)}

    def log_confusion_matrix_cell(self, row_category, col_category, value):
        self._known_categories(row_category, col_category)
        row = self.metadata["confusionMatrix"]["rows"][self._categories.index(row_category)]["row"]
        row[self._categories.index(col_category)] = value

    def log_confusion_matrix(self, categories, matrix):
        if len(matrix) != len(categories) or any(len(row) != len(categories) for row in matrix):
            raise ValueError(f"the matrix must have a row and a column for each of the {len(categories)} categories")
        self.set_confusion_matrix_categories(categories)
        for category, row in zip(categories, matrix):
            self.log_confusion_matrix_row(category, row)

    def _known_categories(self, *asked):
        known = getattr(self, "_categories", [])
        for category in asked:
            if category not in known:
                raise ValueError(f"unknown category {category!r}; set_confusion_matrix_categories was given {known}")
        return known


class SlicedClassificationMetrics(Artifact):
    """Classification metrics per slice of the data, under ``evaluationSlices``."""

    schema_title = "system.SlicedClassificationMetrics"

    def __init__(self, name=None, uri=None, metadata=None):
        super().__init__(name, uri, metadata)
        self._slices = {}

    def log_roc_reading(self, slice, threshold, tpr, fpr):
        self._on(slice).log_roc_data_point(fpr, tpr, threshold)

    def load_roc_readings(self, slice, readings):
        """Each reading is threshold, true positive rate, false positive rate."""
        for threshold, tpr, fpr in readings:
            self.log_roc_reading(slice, threshold, tpr, fpr)

    def set_confusion_matrix_categories(self, slice, categories):
        self._on(slice).set_confusion_matrix_categories(categories)

    def log_confusion_matrix_row(self, slice, row_category, row):
        self._on(slice).log_confusion_matrix_row(row_category, row)

    def log_confusion_matrix_cell(self, slice, row_category, col_category, value):
        self._on(slice).log_confusion_matrix_cell(row_category, col_category, value)

    def load_confusion_matrix(self, slice, categories, matrix):
        self._on(slice).log_confusion_matrix(categories, matrix)

    def _on(self, slice):
        if slice not in self._slices:
            self._slices[slice] = ClassificationMetrics()
            self.metadata.setdefault("evaluationSlices", []).append({"slice": slice, "sliceClassificationMetrics": self._slices[slice].metadata})
        return self._slices[slice]


_SCHEMA_TITLE_TO_TYPE = {
    kind.schema_title: kind
    for kind in (Artifact, Model, Dataset, Metrics, ClassificationMetrics, SlicedClassificationMetrics, HTML, Markdown)
}


def convert_local_path_to_remote_path(path):
    for address, mount in _MOUNTS:
        if path.startswith(mount):
            return address + path[len(mount):]
    if path.startswith(_OCI[1]):
        rest = path[len(_OCI[1]):].replace("_", "/")
        return _OCI[0] + (rest[: -len("/models")] if rest.endswith("/models") else rest)
    return path


def get_uri(suffix="Output"):
    """An address below the running task's own place, for outputs that the step lays out itself."""
    if _task_root is None:
        raise RuntimeError("dsl.get_uri can only be called while a task runs")
    return os.path.join(convert_local_path_to_remote_path(_task_root), suffix)


class InputAnnotation:
    """Marks an artifact that is read."""


class OutputAnnotation:
    """Marks an artifact that is written."""


class EmbeddedAnnotation:
    """Marks a file or folder that came along inside the component's source."""


class _Path:
    """A function takes the place of a value instead of the value. ``type`` is a parameter's type, an artifact class, or the name of one."""

    def __init__(self, type=None):
        self.type = type

    def __eq__(self, other):
        return type(self) is type(other) and self.type == other.type

    def __hash__(self):
        return hash((type(self), str(self.type)))

    @property
    def is_parameter(self):
        if isinstance(self.type, str):
            return self.type.split("[")[0].strip().lower() in _PARAMETER_NAMES
        return is_parameter(self.type)

    @property
    def artifact_class(self):
        if is_artifact_class(self.type):
            return self.type
        return _SCHEMA_TITLE_TO_TYPE.get(f"system.{self.type}", Artifact)


class InputPath(_Path):
    """The function reads the artifact at the path it is given."""


class OutputPath(_Path):
    """The function writes the parameter or artifact to the path it is given."""


_PARAMETER_TYPES = (str, int, float, bool, dict, list)
_PARAMETER_NAMES = {
    "str", "string", "text", "int", "integer", "float", "double", "number", "bool", "boolean", "dict", "struct", "jsonobject", "list", "jsonarray",
    "typing.list", "typing.dict",
}


def is_artifact_class(annotation):
    return isinstance(annotation, type) and hasattr(annotation, "schema_title") and hasattr(annotation, "schema_version")


def is_model_class(annotation):
    """A pydantic model, known by what it can do."""
    return isinstance(annotation, type) and hasattr(annotation, "model_validate") and hasattr(annotation, "model_dump")


def is_parameter(annotation):
    return plain_type(annotation) in _PARAMETER_TYPES or is_model_class(annotation)


def plain_type(annotation):
    """``List[int]`` and ``list[int]`` are list; anything without such an origin is itself."""
    return getattr(annotation, "__origin__", None) or annotation


def without_optional(annotation):
    """``X`` of ``Optional[X]`` and ``X | None``, and whether it was one."""
    if type(annotation).__name__ in ("_UnionGenericAlias", "UnionType", "Union"):
        kinds = [kind for kind in annotation.__args__ if kind is not type(None)]
        if len(kinds) == 1:
            return kinds[0], True
    return annotation, False


def marker_of(annotation):
    """The marker and the type of ``Input[T]``, ``Output[T]`` and ``EmbeddedInput[T]``; None and the annotation of all else."""
    marks = getattr(annotation, "__metadata__", None)
    if marks and marks[0] in (InputAnnotation, OutputAnnotation, EmbeddedAnnotation):
        return marks[0], annotation.__origin__
    return None, annotation


def list_item(annotation):
    """The innermost type of (lists of) lists, or None for what is not a list with a known item."""
    item = None
    while plain_type(annotation) is list and getattr(annotation, "__args__", None):
        annotation = item = annotation.__args__[0]
    return item


class _Marked:
    """``Input[Model]``: looks like ``typing.Annotated[Model, InputAnnotation]`` to who asks for ``__origin__`` and ``__metadata__``."""

    def __init__(self, kind, mark):
        self.__origin__ = kind
        self.__metadata__ = (mark,)

    def __eq__(self, other):
        return isinstance(other, _Marked) and (self.__origin__, self.__metadata__) == (other.__origin__, other.__metadata__)

    def __hash__(self):
        return hash((self.__origin__, self.__metadata__))

    def __or__(self, other):
        from typing import Union

        return Union[self, other]

    def __ror__(self, other):
        from typing import Union

        return Union[other, self]

    def __call__(self, *_, **__):
        # typing takes as a type what can be called.
        raise TypeError("an annotation cannot be called")


class _Marking:
    def __init__(self, mark):
        self._mark = mark

    def __getitem__(self, kind):
        return _Marked(kind, self._mark)


Input = _Marking(InputAnnotation)
Output = _Marking(OutputAnnotation)
EmbeddedInput = _Marking(EmbeddedAnnotation)


class _LazyFields:
    """What makes dataclasses.asdict and its kin take a record for a dataclass, made when they ask: importing dataclasses costs 10 ms of a step's start."""

    def __get__(self, record, kind):
        from dataclasses import make_dataclass

        return make_dataclass(kind.__name__, kind._fields).__dataclass_fields__


class _Record:
    """A plain record with keyword fields."""

    __dataclass_fields__ = _LazyFields()
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
