"""What goes into a model: columns of a table, or tensors. The server has checked names, shapes and casts before an array comes here."""
import json

import numpy

from .files import Invalid
from .tensors import DTYPES

OF_MLFLOW = {
    "boolean": "BOOL", "bool": "BOOL", "integer": "INT32", "int32": "INT32", "long": "INT64", "int64": "INT64", "float": "FP32", "float32": "FP32", "double": "FP64",
    "float64": "FP64", "int8": "INT8", "int16": "INT16", "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "float16": "FP16",
}


def tensor(name, datatype, shape, required=True):
    """``shape`` None is any shape."""
    return {"name": name, "datatype": datatype, "shape": shape, "required": required}


def column(name, datatype, required=True):
    return tensor(name, datatype, [-1, 1], required)


class Columns:
    kind = "columns"

    def __init__(self, columns):
        self.all = columns
        self.numeric = all(one["datatype"] != "BYTES" for one in columns)

    def matrix(self, arrays, frame):
        """The table as one matrix, where that will do, else as a DataFrame."""
        if not frame and self.numeric:
            whole = self._whole(arrays)
            if whole is not None:
                return whole if whole.dtype.kind == "f" and whole.dtype.itemsize > 2 else whole.astype("<f8")
            rows = _rows(arrays)
            return numpy.column_stack([_cast(arrays[one["name"]], one).reshape(rows) if one["name"] in arrays else numpy.full(rows, numpy.nan) for one in self.all])
        return self.natural(arrays)

    def natural(self, arrays):
        from .files import package
        pandas = package("pandas")
        whole = self._whole(arrays)
        if whole is not None:
            return pandas.DataFrame({one["name"]: _cast(whole[:, i], one) for i, one in enumerate(self.all)})
        rows = _rows(arrays)
        return pandas.DataFrame({
            one["name"]: _cast(arrays[one["name"]], one).reshape(rows) if one["name"] in arrays else [None if one["datatype"] == "BYTES" else numpy.nan] * rows
            for one in self.all})

    def _whole(self, arrays):
        """The only array, when it is not one column but all of them side by side."""
        if len(arrays) == 1:
            (name, array), = arrays.items()
            if array.ndim == 2 and array.shape[1] == len(self.all) and all(name != one["name"] for one in self.all):
                return array
        return None


class Tensors:
    kind = "tensors"

    def __init__(self, tensors, listed=False):
        """``listed``: the model's predict takes a Python list, by its type hint."""
        self.all, self.listed = tensors, listed

    def matrix(self, arrays, frame):
        if len(self.all) == 1:
            return _cast(arrays[self.all[0]["name"]], self.all[0])
        return numpy.column_stack([_cast(arrays[one["name"]], one).reshape(len(arrays[one["name"]]), -1) for one in self.all])

    def natural(self, arrays):
        """As MLflow hands tensors over: the array itself when it has no name of its own, else by name."""
        if self.listed:
            only = self.all[0]
            return _cast(arrays[only["name"]], only).ravel().tolist()
        if len(self.all) == 1:
            return _cast(arrays[self.all[0]["name"]], self.all[0])
        return {one["name"]: _cast(arrays[one["name"]], one) for one in self.all}


class Params:
    """What a prediction may be asked beside its inputs: names, types and usual values of an MLmodel's signature. False when there are none."""

    def __init__(self, signature):
        try:
            declared = json.loads((signature or {}).get("params") or "null") or []
        except (TypeError, ValueError):
            declared = []
        self.declared = {one["name"]: one for one in declared}

    def __bool__(self):
        return bool(self.declared)

    def take(self, given):
        """All of them, those that are not given with their usual values. ValueError, which is the caller's 400, says what does not fit."""
        for name in given:
            if name not in self.declared:
                raise ValueError("params.%s: no such parameter; the model has %s" % (name, ", ".join(self.declared)))
        return {name: _param(name, given[name], one) if name in given else one.get("default") for name, one in self.declared.items()}


def _param(name, value, one):
    kind = one.get("type") or one.get("dtype") or "string"
    if one.get("shape"):
        if not isinstance(value, list):
            raise ValueError("params.%s: must be a list of %s" % (name, kind))
        return [_param("%s[%d]" % (name, i), item, {"type": kind}) for i, item in enumerate(value)]
    truth, number = isinstance(value, bool), isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = (
        isinstance(value, dict) if kind == "object" else truth if kind == "boolean" else number and value == int(value) if kind in ("integer", "long")
        else number if kind in ("float", "double") else isinstance(value, str))
    if not fits:
        raise ValueError("params.%s: %s is no %s" % (name, json.dumps(value), kind))
    return int(value) if kind in ("integer", "long") else float(value) if kind in ("float", "double") else value


def from_mlflow(signature, listed=False):
    """The inputs of an MLmodel's signature; None when it says nothing that can be held to."""
    try:
        inputs = json.loads((signature or {}).get("inputs") or "null")
    except (TypeError, ValueError):
        return None
    if not inputs or not isinstance(inputs, list):
        return None
    if any(one.get("type") == "tensor" for one in inputs):
        tensors = []
        for i, one in enumerate(inputs):
            spec = one.get("tensor-spec") or {}
            tensors.append(tensor(one.get("name") or "input-%d" % i, OF_MLFLOW.get(spec.get("dtype"), "BYTES"), list(spec.get("shape") or []) or None))
        return Tensors(tensors)
    if any(not one.get("name") for one in inputs):
        if any(isinstance(one.get("properties") or one.get("items") or one.get("values"), dict) for one in inputs):
            raise Invalid("the model takes objects or lists (%s) by its type hint, which have no tensor; give its predict a pandas.DataFrame" % inputs[0].get("type"))
        return Tensors([tensor("input-0", OF_MLFLOW.get(inputs[0].get("type"), "BYTES"), [-1, len(inputs)])], listed and len(inputs) == 1)
    return Columns([column(one["name"], OF_MLFLOW.get(one["type"], "BYTES") if isinstance(one.get("type"), str) else "BYTES", one.get("required", True) and not one.get("optional", False)) for one in inputs])


def _rows(arrays):
    return len(next(iter(arrays.values())))


def _cast(array, one):
    if array.ndim == 1 and one["shape"] == [-1, 1]:
        array = array.reshape(-1, 1)
    if one["datatype"] == "BYTES":
        return array
    dtype = numpy.dtype(DTYPES[one["datatype"]])
    return array if array.dtype == dtype else array.astype(dtype)
