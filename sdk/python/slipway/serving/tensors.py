"""Tensors of a frame as numpy arrays, and back."""
import struct

import numpy

from .frames import BrokenFrame

DTYPES = {
    "BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8",
    "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}
DATATYPES = {numpy.dtype(dtype): name for name, dtype in DTYPES.items()}
LENGTH = struct.Struct("<I")
MOST_DIMENSIONS = 32


def read_all(described, blocks):
    """Name to array, for the tensors that a header describes."""
    if not isinstance(described, list):
        raise BrokenFrame("the tensors are no list")
    arrays, start, view = {}, 0, memoryview(blocks)
    for tensor in described:
        try:
            name, datatype, shape, size = tensor["name"], tensor["datatype"], tensor["shape"], tensor["bytes"]
        except (KeyError, TypeError):
            raise BrokenFrame("a tensor is not described whole") from None
        if not _is_size(size) or start + size > len(blocks) or not isinstance(name, str):
            raise BrokenFrame("tensor %r has %r bytes, more than there are" % (name, size))
        if not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS or not all(_is_size(length) for length in shape):
            raise BrokenFrame("tensor %r has no shape" % name)
        arrays[name] = _read(name, datatype, shape, view[start:start + size])
        start += size
    if start != len(blocks):
        raise BrokenFrame("%d bytes belong to no tensor" % (len(blocks) - start))
    return arrays


def write_all(arrays):
    """(described, blocks) for name to array."""
    described, blocks = [], []
    for name, value in arrays.items():
        array = plain(value)
        datatype = DATATYPES.get(array.dtype)
        block = _texts(array) if datatype is None else memoryview(numpy.ascontiguousarray(array)).cast("B") if array.size else b""
        described.append({"name": name, "datatype": datatype or "BYTES", "shape": list(array.shape), "bytes": len(block)})
        blocks.append(block)
    return described, blocks


def plain(value):
    """Whatever a library calls its results, as an array of a type that goes over the wire."""
    for step in ("detach", "cpu", "numpy", "toarray", "to_numpy"):
        if not isinstance(value, numpy.ndarray) and hasattr(value, step):
            value = getattr(value, step)()
    array = numpy.asarray(value)
    if array.dtype.kind == "c":
        raise TypeError("complex numbers have no datatype in the protocol")
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype("<f8")
    if array.dtype.kind in "biuf" and array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("<"))
    return array


def datatype_of(dtype):
    """The protocol's name of a numpy type; BYTES for what is no number."""
    return DATATYPES.get(numpy.dtype(dtype), "BYTES")


def _read(name, datatype, shape, block):
    count = 1
    for length in shape:
        count *= length
    if datatype == "BYTES":
        return _read_texts(name, count, block).reshape(shape)
    if datatype == "BF16":
        if count * 2 != len(block):
            raise BrokenFrame("tensor %r: %d bytes for %d elements" % (name, len(block), count))
        return (numpy.frombuffer(block, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    if datatype not in DTYPES:
        raise BrokenFrame("tensor %r has no datatype: %r" % (name, datatype))
    dtype = numpy.dtype(DTYPES[datatype])
    if count * dtype.itemsize != len(block):
        raise BrokenFrame("tensor %r: %d bytes for %d elements of %s" % (name, len(block), count, datatype))
    return numpy.frombuffer(block, dtype).reshape(shape)


def _read_texts(name, count, block):
    if count * 4 > len(block):
        raise BrokenFrame("tensor %r: %d bytes for %d texts" % (name, len(block), count))
    texts, start = numpy.empty(count, object), 0
    for i in range(count):
        if start + 4 > len(block):
            raise BrokenFrame("tensor %r ends inside a length" % name)
        length, = LENGTH.unpack_from(block, start)
        start += 4
        if start + length > len(block):
            raise BrokenFrame("tensor %r ends inside a text" % name)
        raw = bytes(block[start:start + length])
        start += length
        try:
            texts[i] = raw.decode()
        except UnicodeDecodeError:
            texts[i] = raw
    if start != len(block):
        raise BrokenFrame("tensor %r: %d bytes are left over" % (name, len(block) - start))
    return texts


def _texts(array):
    parts = []
    for value in array.ravel():
        raw = value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
        parts += (LENGTH.pack(len(raw)), raw)
    return b"".join(parts)


def _is_size(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48
