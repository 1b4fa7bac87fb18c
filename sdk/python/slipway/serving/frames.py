"""
Frames between the server and a worker, over a Unix domain socket: 16 bytes of head, a JSON header, raw blocks.

    head    "SLW1" | header length, uint32 | blocks length, uint64          (little-endian)
    header  {"type": "infer", "id": 7, "inputs": [{"name", "datatype", "shape", "bytes"}, ...]}
    blocks  the tensors' bytes one after another, in the header's order, row by row, little-endian;
            an element of BYTES is its length (uint32) and its bytes
"""
import json
import struct

MAGIC = b"SLW1"
HEAD = struct.Struct("<4sIQ")
LONGEST_HEADER = 16 << 20
LONGEST_BLOCKS = 8 << 30


class BrokenFrame(Exception):
    """What came is no frame of ours; nothing after it can be trusted."""


def receive(connection, most_blocks=LONGEST_BLOCKS):
    """The next frame as (header, blocks); None when the other side has closed between two frames."""
    head = _exactly(connection, HEAD.size, may_end=True)
    if head is None:
        return None
    magic, header_length, blocks_length = HEAD.unpack(head)
    if magic != MAGIC:
        raise BrokenFrame("a frame does not begin with %r" % MAGIC)
    if header_length > LONGEST_HEADER or blocks_length > most_blocks:
        raise BrokenFrame("a frame of %d and %d bytes is too large" % (header_length, blocks_length))
    try:
        header = json.loads(bytes(_exactly(connection, header_length)))
    except (ValueError, RecursionError) as error:
        raise BrokenFrame("a header is no JSON: %s" % error) from None
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise BrokenFrame("a header has no type")
    return header, _exactly(connection, blocks_length)


def send(connection, header, blocks=()):
    """Sends one frame. ``blocks`` are bytes-like."""
    text = json.dumps(header, separators=(",", ":")).encode()
    blocks = [memoryview(block).cast("B") for block in blocks if len(block)]
    length = sum(block.nbytes for block in blocks)
    start = HEAD.pack(MAGIC, len(text), length) + text
    if length <= 65536:
        connection.sendall(b"".join([start, *blocks]))
        return
    connection.sendall(start)
    for block in blocks:
        connection.sendall(block)


def _exactly(connection, length, may_end=False):
    data = bytearray(length)
    view, got = memoryview(data), 0
    while got < length:
        count = connection.recv_into(view[got:])
        if count == 0:
            if may_end and got == 0:
                return None
            raise BrokenFrame("the connection ended inside a frame")
        got += count
    return data
