"""The artifact classes that component functions are given. What they log lands in ``metadata``, in the shapes that the pipelines UI draws."""
import os

# Object stores that some backends mount; a path below one of these stands for an address there.
_MOUNTS = (("gs://", "/gcs/"), ("s3://", "/s3/"), ("minio://", "/minio/"))
_OCI = ("oci://", "/oci/")

CONTAINER_TASK_ROOT = None


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
    if CONTAINER_TASK_ROOT is None:
        raise RuntimeError("dsl.get_uri can only be called while a task runs")
    return os.path.join(convert_local_path_to_remote_path(CONTAINER_TASK_ROOT), suffix)
