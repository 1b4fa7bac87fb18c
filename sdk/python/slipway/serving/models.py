"""Models behind one face: ``inputs``, ``outputs``, ``classes`` and ``predict(name to array)``, whatever library they are of."""
import importlib
import importlib.util
import inspect
import os
import sys
import warnings

import numpy

from . import files
from .signature import Columns, Params, Tensors, column, from_mlflow, tensor
from .tensors import DTYPES, datatype_of, plain

EXACT_BY_PROBABILITY = (
    # Their own predict takes the class of the greatest probability, so asking for both would do the work twice.
    "RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier", "ExtraTreeClassifier", "XGBClassifier", "GaussianNB")


def load(folder, fmt, described, method):
    """The model in a folder. ``described`` is its MLmodel as a dict, or None."""
    if fmt == "python":
        return Custom(folder)
    if described is None:
        if fmt == "mlflow":
            raise files.Invalid("the folder has no MLmodel file, so it is no model of MLflow; name the format of its files")
        return wrap(_open(fmt, files.find(folder, fmt), {}), None, method)
    flavors = described.get("flavors") or {}
    generic = flavors.get("python_function") or {}
    if generic.get("code"):
        sys.path.insert(0, os.path.join(folder, generic["code"]))
    signature = from_mlflow(described.get("signature"), described.get("is_signature_from_type_hint") == "true")
    method = method or generic.get("predict_fn") or ""
    for name in ([fmt] if fmt != "mlflow" else ["sklearn", "xgboost", "lightgbm", "pytorch"]):
        flavor = flavors.get(name)
        if flavor is not None:
            return wrap(_open(name, _data(folder, name, flavor), flavor), signature, method)
    if "loader_module" in generic:
        return Opaque(_generic(folder, generic), signature, method, Params(described.get("signature")))
    raise files.Unsupported("the model has the flavors %s; Python workers open sklearn, xgboost, lightgbm, pytorch and python_function" % ", ".join(flavors))


def _data(folder, name, flavor):
    value = flavor.get("pickled_model") if name == "sklearn" else flavor.get("model_data") if name == "pytorch" else flavor.get("data")
    path = os.path.realpath(os.path.join(folder, value or ""))
    if not path.startswith(os.path.realpath(folder) + os.sep):
        return files.find(folder, name)
    if os.path.isdir(path):
        exported = os.path.join(path, "model.pt2")
        path = exported if os.path.isfile(exported) else os.path.join(path, "model.pth") if name == "pytorch" else files.find(path, name)
    if not os.path.isfile(path):
        raise files.Invalid("MLmodel names %s, which the model does not hold" % value)
    return path


def _open(name, path, flavor):
    if name == "sklearn":
        files.package("sklearn")
        return files.open_skops(path, flavor) if flavor.get("serialization_format") == "skops" or path.endswith(".skops") else files.unpickle(path)
    if name == "xgboost":
        return files.open_xgboost(path, flavor.get("model_class"))
    if name == "lightgbm":
        return files.open_lightgbm(path)
    return files.open_torch(path)


def _generic(folder, generic):
    module = generic["loader_module"]
    if module == "mlflow" or module.startswith("mlflow."):
        return files.package("mlflow.pyfunc").load_model(folder)
    return files.package(module)._load_pyfunc(os.path.join(folder, generic["data"]) if generic.get("data") else folder)


def wrap(model, signature, method):
    name, module = type(model).__name__, type(model).__module__.split(".")[0]
    if name == "Booster" and module in ("xgboost", "lightgbm"):
        return Boosted(model, signature)
    if module == "torch" or "torch" in sys.modules and isinstance(model, sys.modules["torch"].nn.Module):
        return Torch(model, signature)
    return Estimator(model, signature, method) if hasattr(model, "predict") or hasattr(model, "transform") else Opaque(model, signature, method)


class Estimator:
    """A model with scikit-learn's interface."""

    def __init__(self, model, signature, method):
        self.model, self.platform = model, type(model).__module__.split(".")[0] + "_" + type(model).__name__.lower()
        classes = getattr(model, "classes_", None)
        single = classes is not None and not isinstance(classes, list) and numpy.ndim(classes) == 1
        self.classes = [str(value) for value in classes] if single else []
        self.method = method or ("" if single else "predict" if hasattr(model, "predict") else "transform")
        if self.method and not hasattr(model, self.method):
            raise files.Unsupported("the model, a %s, has no %s" % (type(model).__name__, self.method))
        self.inputs = signature or self._learn()
        self.names = getattr(model, "feature_names_in_", None)
        self.frame = _chooses_columns(model)
        proba = hasattr(model, "predict_proba")
        if self.method == "":
            label = tensor("label", datatype_of(numpy.asarray(classes).dtype), [-1])
            self.outputs = [label] + ([tensor("probabilities", "FP64", [-1, len(self.classes)])] if proba else [])
        elif self.method in ("predict_proba", "predict_log_proba"):
            self.outputs = [tensor("probabilities", "FP64", [-1, len(self.classes) or -1])]
        elif self.method == "predict" and single:
            self.outputs = [tensor("label", datatype_of(numpy.asarray(classes).dtype), [-1])]
        else:
            self.outputs = [tensor("prediction", "FP64", [-1])]

    def _learn(self):
        names, width = getattr(self.model, "feature_names_in_", None), _attribute(self.model, "n_features_in_")
        if names is not None:
            texts = _text_columns(self.model)
            return Columns([column(str(name), "BYTES" if str(name) in texts else "FP64") for name in names])
        return Tensors([tensor("input-0", "FP64", [-1, -1 if width is None else int(width)])])

    def predict(self, arrays, wanted=None):
        rows = self.inputs.matrix(arrays, self.frame)
        if self.method:
            return {self.outputs[0]["name"]: plain(getattr(self.model, self.method)(rows))}
        if len(self.outputs) == 1:
            return {"label": plain(self.model.predict(rows))}
        if type(self.model).__name__ in EXACT_BY_PROBABILITY:
            probabilities = plain(self.model.predict_proba(rows))
            return {"label": numpy.asarray(self.model.classes_).take(probabilities.argmax(axis=1)), "probabilities": probabilities}
        answer = {"label": plain(self.model.predict(rows))}
        if wanted is None or "probabilities" in wanted:
            answer["probabilities"] = plain(self.model.predict_proba(rows))
        return answer


class Boosted:
    """A Booster of xgboost or lightgbm: what it predicts by its objective, as in Python."""

    def __init__(self, model, signature):
        self.model, self.classes = model, []
        self.is_xgboost = type(model).__module__.startswith("xgboost")
        self.platform = "xgboost_booster" if self.is_xgboost else "lightgbm_booster"
        names = model.feature_names if self.is_xgboost else None
        width = model.num_features() if self.is_xgboost else model.num_feature()
        self.inputs = signature or (Columns([column(name, "FP64") for name in names]) if names else Tensors([tensor("input-0", "FP64", [-1, width])]))
        self.outputs = [tensor("prediction", "FP32" if self.is_xgboost else "FP64", [-1])]

    def predict(self, arrays, wanted=None):
        rows = numpy.ascontiguousarray(self.inputs.matrix(arrays, False))
        return {"prediction": plain(self.model.inplace_predict(rows, validate_features=False) if self.is_xgboost else self.model.predict(rows))}


class Torch:
    def __init__(self, model, signature):
        self.torch, self.model, self.platform, self.classes = files.package("torch"), model, "pytorch_torchscript" if "jit" in type(model).__module__ else "pytorch_eager", []
        self.inputs = signature or Tensors([self._learn()])
        self.outputs = [tensor("prediction", "FP32", [-1])]

    def _learn(self):
        """The first layer says what it takes; else any shape goes."""
        weights = next((value for value in self.model.parameters() if value.dim() > 1), None) if hasattr(self.model, "parameters") else None
        datatype = "FP32" if weights is None else datatype_of(str(weights.dtype).replace("torch.", "").replace("bfloat16", "float32"))
        if weights is None or weights.dim() == 3:
            return tensor("input-0", datatype, None)
        return tensor("input-0", datatype, [-1, weights.shape[1]] if weights.dim() == 2 else [-1, weights.shape[1]] + [-1] * (weights.dim() - 2))

    def predict(self, arrays, wanted=None):
        if isinstance(self.inputs, Columns):
            given = [self.torch.from_numpy(numpy.ascontiguousarray(self.inputs.matrix(arrays, False)).astype("<f4"))]
        else:
            given = [self.torch.from_numpy(numpy.array(arrays[one["name"]])) for one in self.inputs.all]
        with self.torch.no_grad():
            return _named(self.model(*given), ["prediction"])


class Opaque:
    """A model of MLflow's python_function: anything with a predict that takes a table, or a function."""

    def __init__(self, model, signature, method, params=None):
        self.call, self.params = getattr(model, method or "predict", None) or model, params
        if not callable(self.call):
            raise files.Invalid("a %s has no %s and cannot be called" % (type(model).__name__, method or "predict"))
        self.platform, self.classes = "python_function", []
        self.inputs = signature or Tensors([tensor("input-0", "FP64", [-1, -1])])
        self.outputs = [tensor("prediction", "FP64", [-1])]

    def predict(self, arrays, wanted=None, params=None):
        rows = self.inputs.natural(arrays)
        return _named(self.call(rows, params=self.params.take(params or {})) if self.params else self.call(rows), ["prediction"])


def user_class(folder, names, methods):
    """The class in ``model.py`` that has one of the methods: of the first of the names that is there, or the only one."""
    path, wanted = os.path.join(folder, "model.py"), " or ".join(methods)
    if not os.path.isfile(path):
        raise files.Invalid("a folder of format python holds a model.py with a class that has %s" % wanted)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["model"] = module
    spec.loader.exec_module(module)
    own = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == "model" and any(hasattr(kind, method) for method in methods)]
    kinds = next(([kind] for name in names for kind in own if kind.__name__ == name), own)
    if len(kinds) != 1:
        raise files.Invalid("model.py must have one class with %s, or one called %s; it has %s" % (wanted, names[0], ", ".join(kind.__name__ for kind in kinds) or "none"))
    return kinds[0]


class Custom:
    """``model.py`` with a class of the user's own."""

    def __init__(self, folder):
        kind = user_class(folder, ("Model",), ("predict",))
        self.model = kind()
        if hasattr(self.model, "load"):
            self.model.load(folder)
        self.platform = "python_" + kind.__name__.lower()
        self.classes = [str(value) for value in getattr(self.model, "classes", None) or []]
        self.inputs = Tensors([_declared(one) for one in getattr(self.model, "inputs", None) or [tensor("input-0", "FP64", [-1, -1])]])
        outputs = getattr(self.model, "outputs", None)
        self.fixed = outputs is not None
        self.outputs = [_declared(one) for one in outputs or [tensor("prediction", "FP64", [-1])]]

    def predict(self, arrays, wanted=None):
        names = [one["name"] for one in self.outputs]
        answer = _named(self.model.predict(arrays), names)
        if self.fixed:
            missing = [name for name in names if name not in answer]
            if missing:
                raise RuntimeError("predict gave no %s; model.py declares the outputs %s" % (missing[0], ", ".join(names)))
            answer = {one["name"]: _as_declared(answer[one["name"]], one) for one in self.outputs}
        return answer


def _declared(one):
    if not isinstance(one, dict) or not isinstance(one.get("name"), str) or one.get("datatype") not in (*DTYPES, "BYTES"):
        raise files.Invalid("model.py: an input or output is {'name': ..., 'datatype': 'FP64', 'shape': [-1, 3]}, not %r" % (one,))
    shape = one.get("shape")
    return tensor(one["name"], one["datatype"], None if shape is None else [int(size) for size in shape])


def _as_declared(array, one):
    return array if one["datatype"] == "BYTES" or datatype_of(array.dtype) == one["datatype"] else array.astype(DTYPES[one["datatype"]])


def _named(answer, names):
    """Name to array, of whatever a predict gives back."""
    if isinstance(answer, dict):
        return {str(name): plain(value) for name, value in answer.items()}
    if hasattr(answer, "columns") and hasattr(answer, "iloc"):
        return {str(name): plain(answer[name]) for name in answer.columns}
    if isinstance(answer, tuple):
        return {names[i] if i < len(names) else "output-%d" % i: plain(value) for i, value in enumerate(answer)}
    return {names[0]: plain(answer)}


def _attribute(model, name):
    try:
        return getattr(model, name, None)
    except Exception:
        return None


def _parts(model):
    """The model and all that it is put together of."""
    yield model
    steps = _attribute(model, "steps")
    for _, step in steps if isinstance(steps, list) else []:
        if not isinstance(step, str) and step is not None:
            yield from _parts(step)
    for inner in ("best_estimator_", "estimator", "base_estimator", "regressor_"):
        part = _attribute(model, inner)
        if part is not None and hasattr(part, "get_params"):
            yield from _parts(part)


def _chooses_columns(model):
    """Whether a part looks its columns up by name, so that only a table will do."""
    return any(type(part).__name__ == "ColumnTransformer" or type(part).__module__.split(".")[0] not in ("sklearn", "xgboost", "lightgbm") for part in _parts(model))


def _text_columns(model):
    """Columns that an encoder has seen texts in."""
    texts = set()
    for part in _parts(model):
        for _, step, names in _attribute(part, "transformers_") or []:
            if isinstance(names, (list, numpy.ndarray)) and not isinstance(step, str):
                categories = next((found for found in (_attribute(one, "categories_") for one in _parts(step)) if found is not None), None)
                if categories is not None and len(categories) == len(names):
                    texts.update(str(name) for name, known in zip(names, categories) if numpy.asarray(known).dtype.kind in "OUS")
    return texts


warnings.filterwarnings("ignore", message="X does not have valid feature names")
warnings.filterwarnings("ignore", message="X has feature names, but")
