"""The markers that tell a component's inputs from its outputs."""
import typing

from kfp.dsl.types.artifact_types import _SCHEMA_TITLE_TO_TYPE, Artifact


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
    return typing.get_origin(annotation) or annotation


def without_optional(annotation):
    """``X`` of ``Optional[X]`` and ``X | None``, and whether it was one."""
    if typing.get_origin(annotation) is typing.Union or type(annotation).__name__ == "UnionType":
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
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
    while plain_type(annotation) is list and typing.get_args(annotation):
        annotation = item = typing.get_args(annotation)[0]
    return item
