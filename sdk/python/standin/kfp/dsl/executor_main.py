"""
``python3 -m kfp.dsl.executor_main``: loads the component's module, hands its function the inputs and outputs that the executor input tells, and writes the
executor output.
"""
import os
import sys

from kfp import dsl
from kfp.dsl import (
    EmbeddedAnnotation,
    InputAnnotation,
    InputPath,
    OutputPath,
    is_artifact_class,
    is_model_class,
    is_parameter,
    list_item,
    marker_of,
    plain_type,
    without_optional,
)

try:
    from slipway.quickjson import dumps, loads
except ImportError:
    import json

    def dumps(value, default):
        return json.dumps(value, default=default)

    loads = json.loads

SINGLE_OUTPUT = "Output"


def executor_main():
    options = _options(sys.argv[1:])
    name = options.get("--function_to_execute")
    if name is None or "--executor_input" not in options:
        sys.exit("kfp.dsl.executor_main needs --function_to_execute and --executor_input")

    module = _load(options.get("--component_module_path") or _configured(name))
    function = getattr(module, name, None)
    if function is None:
        sys.exit(f"there is no function {name} in {module.__file__}")

    Executor(loads(options["--executor_input"]), getattr(function, "python_func", function)).execute()


# By hand: argparse takes 5 ms to load.
def _options(arguments):
    found = {}
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith("--"):
            option, equals, value = argument.partition("=")
            found[option] = value if equals else next(rest, None)
    return found


# typing.__all__ of Python 3.8 to 3.14, and what reaches names by their text.
_TYPING_NAMES = frozenset(
    "Annotated Any Callable ClassVar Concatenate Final ForwardRef Generic Literal Optional ParamSpec Protocol Tuple Type TypeVar TypeVarTuple Union AbstractSet"
    " ByteString Container ContextManager Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet Sequence"
    " Sized ValuesView Awaitable AsyncIterator AsyncIterable Coroutine Collection AsyncGenerator AsyncContextManager Reversible SupportsAbs SupportsBytes"
    " SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound ChainMap Counter Deque Dict DefaultDict List OrderedDict Set FrozenSet NamedTuple"
    " TypedDict Generator BinaryIO IO Match Pattern TextIO AnyStr NewType ParamSpecArgs ParamSpecKwargs Text TypeAlias TypeAliasType TypeGuard TypeIs Unpack"
    " Never NoDefault NoReturn NotRequired ReadOnly Required Self LiteralString TYPE_CHECKING assert_never assert_type cast clear_overloads dataclass_transform"
    " evaluate_forward_ref final get_args get_origin get_overloads get_protocol_members get_type_hints is_protocol is_typeddict no_type_check"
    " no_type_check_decorator overload override reveal_type runtime_checkable eval exec globals vars locals compile pickle".split()
)


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
    exec(_without_typing(source, path) or compile(source, path, "exec"), module.__dict__)
    return module


# Every compiled component begins with this line, and importing typing is a third of what a step costs beside its own work (8 of 25 ms).
_TYPING = "\nfrom typing import *\n"


def _without_typing(source, path):
    """The compiled source without its import of typing when nothing in it, no text either, has a name that typing has; else None."""
    if source.count(_TYPING) != 1:
        return None
    code = compile(source.replace(_TYPING, "\npass\n"), path, "exec")
    pending = [code]
    while pending:
        part = pending.pop()
        if not _TYPING_NAMES.isdisjoint(part.co_names):
            return None
        for constant in part.co_consts:
            if hasattr(constant, "co_names"):
                pending.append(constant)
            elif isinstance(constant, str) and any(name in constant for name in _TYPING_NAMES):
                return None
            elif isinstance(constant, tuple) and any(isinstance(c, str) and c in _TYPING_NAMES for c in constant):
                return None
    return code


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


class Executor:
    def __init__(self, executor_input, function_to_execute):
        self.func = function_to_execute
        self.inputs = executor_input.get("inputs") or {}
        self.outputs = executor_input.get("outputs") or {}
        self.output_file = self.outputs["outputFile"]
        dsl._task_root = os.path.dirname(self.output_file)
        _make_folder_of(self.output_file)
        self.values = {}
        self.artifacts = {}
        annotations = {name: self._evaluated(annotation) for name, annotation in getattr(self.func, "__annotations__", {}).items()}
        self.returns = annotations.pop("return", None)
        self.annotations = annotations
        for name, listed in (self.outputs.get("artifacts") or {}).items():
            if listed.get("artifacts"):
                self.artifacts[name] = self._artifact(listed["artifacts"][0], self._class_of(name))
                _make_folder_of(self.artifacts[name].path)

    def execute(self):
        arguments = {}
        for name, annotation in self.annotations.items():
            given, value = self._argument(name, annotation)
            if given:
                arguments[name] = value
        result = self.func(**arguments)
        if result is not None:
            self._take(result)
        return self._write()

    def _argument(self, name, annotation):
        """Whether the function is given this argument, and its value. One that is not given has the function's own default."""
        annotation, optional = without_optional(annotation)
        marker, kind = marker_of(annotation)
        if annotation is dsl.PipelineTaskFinalStatus:
            return True, _final_status(self._value(name) or {})
        if annotation is dsl.TaskConfig:
            return True, _task_config(self._value(name) or {})
        if marker is EmbeddedAnnotation:
            return True, self._embedded(kind)
        if isinstance(annotation, OutputPath):
            return True, self._output_path(name, annotation)
        if isinstance(annotation, InputPath):
            artifact = self._input(name, annotation.artifact_class)
            if artifact is not None:
                return True, artifact.path
            # A parameter's path exists for no one; an absent optional input keeps the default.
            return not self._has_default(name), None
        if marker is not None and marker is not InputAnnotation:
            return True, self.artifacts.get(name)
        item = list_item(kind)
        if marker is InputAnnotation or is_artifact_class(kind) or is_artifact_class(item):
            if is_artifact_class(item):
                return True, self._input_list(name, item)
            artifact = self._input(name, kind if is_artifact_class(kind) else dsl.Artifact)
            return artifact is not None or not self._has_default(name), artifact
        value = self._value(name)
        if value is None:
            # A null that was written out, for an argument that must be given, is given as None.
            return name in (self.inputs.get("parameterValues") or {}) and not self._has_default(name), None
        return True, annotation.model_validate(value) if is_model_class(annotation) else value

    def _take(self, result):
        returns = self.returns
        fields = getattr(returns, "_fields", None)
        if fields is None:
            self._take_one(SINGLE_OUTPUT, returns, result)
            return
        if len(fields) != len(result):
            raise RuntimeError(f"{self.func.__name__} must return {len(fields)} values ({', '.join(fields)}); it returned {len(result)}")
        kinds = returns.__annotations__
        for index, field in enumerate(fields):
            value = getattr(result, field) if hasattr(result, field) else result[index]
            self._take_one(field, self._evaluated(kinds[field]), value)

    def _take_one(self, name, annotation, value):
        kind, optional = without_optional(annotation)
        if is_artifact_class(kind):
            if isinstance(value, dsl.Artifact):
                self.artifacts[name] = value
            else:
                with open(self.artifacts[name].path, "w", encoding="utf-8") as file:
                    file.write(str(value))
            return
        if not is_parameter(kind):
            raise RuntimeError(
                f"{self.func.__name__} is declared to return {annotation!r}; it may return str, int, float, bool, dict, list, an artifact, or a NamedTuple of those"
            )
        if value is None and optional:
            return
        wanted = (int, float) if plain_type(kind) is float else plain_type(kind)
        if not isinstance(value, wanted):
            raise ValueError(f"{self.func.__name__} is declared to return {_name(kind)} as {name}; it returned {value!r}, a {type(value).__name__}")
        self.values[name] = value.model_dump(mode="json", by_alias=True) if is_model_class(kind) else value

    def _write(self):
        written = {}
        if self.values:
            written["parameterValues"] = self.values
        if self.artifacts:
            written["artifacts"] = {name: {"artifacts": [_told(artifact)]} for name, artifact in self.artifacts.items()}
        # Of several workers that train together only the first one tells.
        cluster = os.environ.get("CLUSTER_SPEC")
        if cluster and loads(cluster)["task"]["type"] not in ("workerpool0", "chief", "master"):
            return None
        # Whole or not at all: a step that is killed here leaves no half of an answer.
        partial = f"{self.output_file}.{os.getpid()}"
        with open(partial, "w", encoding="utf-8") as file:
            file.write(dumps(written, _plain_number))
        os.replace(partial, self.output_file)
        return self.output_file

    def _value(self, name):
        return (self.inputs.get("parameterValues") or {}).get(name)

    def _listed(self, name):
        return ((self.inputs.get("artifacts") or {}).get(name) or {}).get("artifacts") or []

    def _input(self, name, kind):
        listed = self._listed(name)
        return self._artifact(listed[0], kind) if listed else None

    def _input_list(self, name, kind):
        return [self._artifact(told, kind) for told in self._listed(name)]

    def _artifact(self, told, kind):
        kind = dsl._SCHEMA_TITLE_TO_TYPE.get((told.get("type") or {}).get("schemaTitle", ""), kind)
        fields = {"uri": told.get("uri", ""), "name": told.get("name", ""), "metadata": told.get("metadata") or {}}
        artifact = kind._from_executor_fields(**fields) if hasattr(kind, "_from_executor_fields") else kind(**fields)
        custom = told.get("customPath") or told.get("custom_path")
        if custom:
            artifact.custom_path = custom
        return artifact

    def _class_of(self, name):
        """The class that the function names for an output, for types that only the user's code knows."""
        annotation = self.annotations.get(name)
        if annotation is None:
            kinds = getattr(self.returns, "__annotations__", None)
            annotation = self._evaluated(kinds[name]) if kinds and name in kinds else self.returns
        if isinstance(annotation, OutputPath):
            return annotation.artifact_class
        kind = without_optional(marker_of(annotation)[1])[0]
        return kind if is_artifact_class(kind) else dsl.Artifact

    def _output_path(self, name, annotation):
        told = (self.outputs.get("parameters") or {}).get(name)
        if told and (annotation.is_parameter or name not in self.artifacts):
            _make_folder_of(told["outputFile"])
            return told["outputFile"]
        if name not in self.artifacts:
            raise ValueError(f"the executor input has no output {name}")
        return self.artifacts[name].path

    def _embedded(self, kind):
        known = self.func.__globals__
        path = known.get("__KFP_EMBEDDED_ASSET_FILE") or known.get("__KFP_EMBEDDED_ASSET_DIR")
        if not path:
            raise RuntimeError("the component has an EmbeddedInput, and nothing was embedded in its source")
        artifact = kind() if is_artifact_class(kind) else dsl.Artifact()
        artifact.path = path
        return artifact

    def _has_default(self, name):
        code = self.func.__code__
        if name in (self.func.__kwdefaults__ or {}):
            return True
        positional = code.co_varnames[: code.co_argcount]
        return name in positional[len(positional) - len(self.func.__defaults__ or ()):]

    def _evaluated(self, annotation):
        if hasattr(annotation, "__forward_arg__"):
            annotation = annotation.__forward_arg__
        return eval(annotation, self.func.__globals__) if isinstance(annotation, str) else annotation


def _final_status(value):
    error = value.get("error") or {}
    return dsl.PipelineTaskFinalStatus(
        state=value.get("state"),
        pipeline_job_resource_name=value.get("pipelineJobResourceName", value.get("pipeline_job_resource_name")),
        pipeline_task_name=value.get("pipelineTaskName", value.get("pipeline_task_name")),
        error_code=error.get("code"),
        error_message=error.get("message"),
    )


def _task_config(value):
    return dsl.TaskConfig(
        affinity=value.get("affinity"),
        tolerations=value.get("tolerations"),
        node_selector=value.get("nodeSelector"),
        env=value.get("env"),
        volumes=value.get("volumes"),
        volume_mounts=value.get("volumeMounts"),
        resources=value.get("resources"),
    )


def _told(artifact):
    told = {"name": artifact.name, "uri": artifact.uri, "metadata": artifact.metadata}
    if artifact.custom_path:
        told["custom_path"] = artifact.custom_path
    return told


def _plain_number(value):
    # numpy's numbers and small arrays, which JSON does not know.
    for method in ("item", "tolist"):
        try:
            return getattr(value, method)()
        except (AttributeError, ValueError):
            continue
    raise TypeError(f"{value!r}, a {type(value).__name__}, cannot be written as JSON: turn it into plain numbers, text, lists or dicts first")


def _name(kind):
    return getattr(kind, "__name__", str(kind))


def _make_folder_of(path):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)


if __name__ == "__main__":
    executor_main()
