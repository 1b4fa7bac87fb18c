"""
JSON by the interpreter's own C scanner, without the package around it: that one compiles half a dozen regular expressions when it is imported, which is
a tenth of a short step. Where the interpreter has no such scanner, or another kind of it, the package does the work.
"""


def loads(text):
    try:
        return _scan(text)
    except (ImportError, TypeError, AttributeError, StopIteration):
        import json

        return json.loads(text)


def dumps(value, default):
    """``default`` turns what JSON does not know into what it knows."""
    written = []
    try:
        from _json import encode_basestring_ascii as quote
    except ImportError:
        import json

        return json.dumps(value, default=default)
    _write(value, quote, default, written.append)
    return "".join(written)


class _Context:
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__
    memo = {}


def _scan(text):
    from _json import make_scanner

    text = text.strip(" \t\n\r")
    try:
        value, end = make_scanner(_Context)(text, 0)
    except ImportError:
        raise
    except ValueError as fault:
        raise ValueError(f"not JSON: {fault}") from None
    if end != len(text):
        raise ValueError(f"not JSON: something follows the value at character {end}")
    return value


def _write(value, quote, default, put):
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(quote(value))
    elif isinstance(value, int):
        put(int.__repr__(value))
    elif isinstance(value, float):
        put("NaN" if value != value else "Infinity" if value == float("inf") else "-Infinity" if value == float("-inf") else float.__repr__(value))
    elif isinstance(value, dict):
        put("{")
        for index, (key, item) in enumerate(value.items()):
            put(", " if index else "")
            put(quote(_key(key)))
            put(": ")
            _write(item, quote, default, put)
        put("}")
    elif isinstance(value, (list, tuple)):
        put("[")
        for index, item in enumerate(value):
            put(", " if index else "")
            _write(item, quote, default, put)
        put("]")
    else:
        _write(default(value), quote, default, put)


def _key(key):
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int, float)):
        written = []
        _write(key, repr, None, written.append)
        return written[0]
    raise TypeError(f"a dict's key must be text or a number to be written as JSON; {key!r} is a {type(key).__name__}")
