"""Transformers and explainers of the user's own: a class in model.py whose methods take and give what goes over HTTP."""
import asyncio
import inspect
import json
import math

import numpy

from . import files, tensors
from .models import user_class

ROLES = {"transformer": ("Transformer", ("preprocess", "postprocess")), "explainer": ("Explainer", ("explain",))}
LENGTH = "binary_data_size"


class Code:
    """``ask(arrays)`` gives the model's answer to an explainer; it is its ``predict`` unless it has one of its own."""

    def __init__(self, folder, role, ask):
        name, methods = ROLES[role]
        kind = user_class(folder, (name, "Model"), methods)
        self.it = kind()
        if role == "explainer" and not hasattr(self.it, "predict"):
            self.it.predict = ask
        if hasattr(self.it, "load"):
            self.it.load(folder)
        self.methods = [method for method in methods if callable(getattr(self.it, method, None))]
        self.takes_headers = {method: _takes_two(getattr(self.it, method)) for method in self.methods}

    def call(self, header, block):
        """(described, blocks) of what the method gave back. ValueError is said of the payload alone."""
        method, binary = header["method"], header.get("binary", False)
        payload = _read(block, header.get("json") or 0, header.get("text", False))
        given = (payload, header.get("headers") or {}) if self.takes_headers[method] else (payload,)
        result = getattr(self.it, method)(*given)
        if inspect.isawaitable(result):
            result = asyncio.run(_wait(result))
        try:
            return _write(result, binary, header.get("text", False))
        except (TypeError, ValueError, RecursionError) as error:
            raise WrongResult("it gave back what cannot be sent: %s" % error) from error


class WrongResult(Exception):
    """What a method gave back is no answer; that is no fault of what it was given."""


async def _wait(result):
    return await result


def _takes_two(method):
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return True
    places = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return len(places) > 1 or any(one.kind == one.VAR_POSITIONAL for one in parameters)


def _read(block, length, is_text):
    if is_text:
        return bytes(block).decode()
    text = block[:length] if length else block
    try:
        payload = json.loads(bytes(text))
    except (ValueError, RecursionError) as error:
        raise ValueError("the body is no JSON: %s" % error) from None
    if length:
        _read_blocks(payload, memoryview(block)[length:])
    return payload


def _read_blocks(payload, blocks):
    """Puts the binary blocks behind the JSON where they belong: an array is the tensor's ``data``."""
    start = 0
    for tensor in _tensors(payload):
        parameters = tensor.get("parameters")
        size = parameters.pop(LENGTH, None) if isinstance(parameters, dict) else None
        if size is None:
            continue
        if not isinstance(size, int) or size < 0 or start + size > len(blocks):
            raise ValueError("tensor %r: %s is %r, the body has %d bytes left" % (tensor.get("name"), LENGTH, size, len(blocks) - start))
        described = {"name": str(tensor.get("name")), "datatype": tensor.get("datatype"), "shape": tensor.get("shape"), "bytes": size}
        try:
            tensor["data"] = tensors.read_all([described], blocks[start:start + size])[described["name"]]
        except tensors.BrokenFrame as error:
            raise ValueError(str(error)) from None
        start += size
    if start != len(blocks):
        raise ValueError("%d bytes behind the JSON belong to no tensor" % (len(blocks) - start))


def _tensors(payload):
    """The tensors of a request or an answer of V2; none in other forms."""
    both = [payload.get("inputs"), payload.get("outputs")] if isinstance(payload, dict) else []
    return [one for some in both if isinstance(some, list) for one in some if isinstance(one, dict) and "datatype" in one]


def _write(result, binary, was_text):
    if isinstance(result, (str, bytes)):
        if not was_text:
            raise TypeError("a text, where a dict or a list is wanted")
        return {"text": True}, [result.encode() if isinstance(result, str) else result]
    if not isinstance(result, (dict, list)):
        raise TypeError("%s, where a dict or a list is wanted" % type(result).__name__)
    blocks = []
    if binary:
        result = _without_arrays(result, blocks)
    text = _json(result)
    return ({"json": len(text)} if blocks else {}), [text, *blocks]


def _without_arrays(result, blocks):
    """The result with its tensors' arrays as binary blocks behind it."""
    if not any(isinstance(one.get("data"), numpy.ndarray) for one in _tensors(result)):
        return result
    made = dict(result)
    for member in ("inputs", "outputs"):
        if isinstance(made.get(member), list):
            made[member] = [_as_block(one, blocks) if isinstance(one, dict) and isinstance(one.get("data"), numpy.ndarray) else one for one in made[member]]
    return made


def _as_block(tensor, blocks):
    datatype, array = tensor.get("datatype"), tensor["data"]
    if datatype != "BYTES" and datatype not in tensors.DTYPES:
        return tensor
    array = tensors.plain(array)
    if datatype != "BYTES":
        array = array.astype(tensors.DTYPES[datatype], copy=False)
    (_, (block,)) = tensors.write_all({"data": array})
    blocks.append(block)
    made = {name: value for name, value in tensor.items() if name != "data"}
    made.setdefault("shape", list(array.shape))
    made["parameters"] = {**(tensor.get("parameters") or {}), LENGTH: len(block)}
    return made


def _json(result):
    try:
        return json.dumps(result, separators=(",", ":"), allow_nan=False, ensure_ascii=False, default=_plain).encode()
    except ValueError:
        # NaN and infinities have no word in JSON; the protocols here write null.
        return json.dumps(_finite(result), separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def _plain(value):
    if isinstance(value, numpy.generic):
        return value.item()
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "tolist") or hasattr(value, "detach") or hasattr(value, "to_numpy"):
        return tensors.plain(value).tolist()
    raise TypeError("a %s is no JSON" % type(value).__name__)


def _finite(value):
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _finite(_plain(value))
